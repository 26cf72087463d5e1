package io.clauderoutes.gateway.websocket;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import java.util.function.Consumer;

/** Sees the frames that the decoder refuses: the client is to get the code of its mistake. */
final class FrameErrors extends ChannelInboundHandlerAdapter {

    private final Consumer<WebSocketCloseStatus> refused;

    FrameErrors(Consumer<WebSocketCloseStatus> refused) {
        this.refused = refused;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof CorruptedWebSocketFrameException corrupt) {
            refused.accept(corrupt.closeStatus());
        } else {
            context.fireExceptionCaught(cause);
        }
    }
}
