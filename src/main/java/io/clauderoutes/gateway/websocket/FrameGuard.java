package io.clauderoutes.gateway.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/**
 * Reads the heads of frames before the decoder collects their bytes, so that a long message is refused before it is in memory. It
 * also stops reading while the client does not read: each ping causes a pong, and these would fill the memory.
 *
 * <p>A connection's own thread alone uses it.
 */
final class FrameGuard extends ChannelInboundHandlerAdapter {

    private static final int LONGEST_HEAD = 14;
    private static final int SHORTEST_HEAD = 2;
    private static final int FINAL = 0x80;
    private static final int CONTROL = 0x08;
    private static final int MASKED = 0x80;
    private static final int LENGTH = 0x7F;
    private static final int TWO_BYTES_FOLLOW = 126;
    private static final int EIGHT_BYTES_FOLLOW = 127;
    private static final int MASK_BYTES = 4;

    private final Arrival arrival;
    private final byte[] head = new byte[LONGEST_HEAD];
    private int headBytes;
    private long payloadLeft;
    private ArrivedMessage message = new ArrivedMessage();
    private long messageBytes;
    private boolean refused;

    /** What arrives over a connection. */
    interface Arrival {

        /** Some bytes of any kind. */
        void received();

        /**
         * A frame of a message begins.
         *
         * @param bytes of the message with this frame
         * @return whether it may have so many; if not, nothing is read any more
         */
        boolean grows(ArrivedMessage message, long bytes);

        /** The last frame of a message has begun. The decoder delivers messages in this order. */
        void isLast(ArrivedMessage message);
    }

    FrameGuard(Arrival arrival) {
        this.arrival = arrival;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        if (read instanceof ByteBuf bytes && !refused) {
            arrival.received();
            scan(bytes);
        }
        if (refused) {
            ReferenceCountUtil.release(read);
        } else {
            context.fireChannelRead(read);
        }
        if (!context.channel().isWritable()) {
            context.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (context.channel().isWritable()) {
            context.channel().config().setAutoRead(true);
        }
        context.fireChannelWritabilityChanged();
    }

    private void scan(ByteBuf bytes) {
        int at = bytes.readerIndex();
        while (at < bytes.writerIndex() && !refused) {
            if (payloadLeft > 0) {
                long skipped = Math.min(payloadLeft, bytes.writerIndex() - at);
                payloadLeft -= skipped;
                at += (int) skipped;
            } else {
                head[headBytes] = bytes.getByte(at);
                headBytes++;
                at++;
                if (headBytes == headLength()) {
                    frame();
                    headBytes = 0;
                }
            }
        }
    }

    private int headLength() {
        if (headBytes < SHORTEST_HEAD) {
            return SHORTEST_HEAD;
        }
        int length = head[1] & LENGTH;
        int more = length == TWO_BYTES_FOLLOW ? 2 : length == EIGHT_BYTES_FOLLOW ? Long.BYTES : 0;
        return SHORTEST_HEAD + more + ((head[1] & MASKED) == 0 ? 0 : MASK_BYTES);
    }

    private void frame() {
        payloadLeft = payloadLength();
        if ((head[0] & CONTROL) == 0) {
            messageBytes += payloadLeft;
            refused = messageBytes < 0 || !arrival.grows(message, messageBytes);
            if ((head[0] & FINAL) != 0 && !refused) {
                arrival.isLast(message);
                message = new ArrivedMessage();
                messageBytes = 0;
            }
        }
    }

    private long payloadLength() {
        int length = head[1] & LENGTH;
        if (length < TWO_BYTES_FOLLOW) {
            return length;
        }
        long number = 0;
        int bytes = length == TWO_BYTES_FOLLOW ? 2 : Long.BYTES;
        for (int i = 0; i < bytes; i++) {
            number = (number << Byte.SIZE) | (head[SHORTEST_HEAD + i] & 0xFF);
        }
        return number < 0 ? Long.MAX_VALUE : number;
    }
}
