package io.clauderoutes.sidebyside;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * What stands in for the API: one thread (and one for streams that take their time) that answers from prepared bytes, so that nearly all of the machine is left for
 * the process under test. It prints its port when it listens; any GET is answered with the number of calls so far.
 */
final class Upstream {

    private static final int BACKLOG = 1024;
    private static final int READ = 64 * 1024;

    private final FixedReplies replies = new FixedReplies();
    private final Pacer pacer = new Pacer(replies);
    private final ByteBuffer buffer = ByteBuffer.allocate(READ);
    private final Selector selector;
    private final ServerSocketChannel door;
    private long calls;

    private Upstream() throws IOException {
        this.selector = Selector.open();
        this.door = ServerSocketChannel.open();
        door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
        door.configureBlocking(false);
        door.register(selector, SelectionKey.OP_ACCEPT);
    }

    public static void main(String... args) throws IOException {
        Upstream upstream = new Upstream();
        System.out.println(upstream.door.socket().getLocalPort());
        upstream.run();
    }

    private void run() throws IOException {
        pacer.start();
        while (door.isOpen()) {
            selector.select(this::ready);
        }
    }

    private void ready(SelectionKey key) {
        try {
            if (key.isAcceptable()) {
                accept();
            } else {
                read((UpstreamCall) key.attachment());
            }
        } catch (IOException gone) {
            ((UpstreamCall) key.attachment()).close();
        }
    }

    private void accept() throws IOException {
        SocketChannel channel = door.accept();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.register(selector, SelectionKey.OP_READ, new UpstreamCall(channel));
    }

    private void read(UpstreamCall call) throws IOException {
        buffer.clear();
        if (call.channel().read(buffer) < 0) {
            call.close();
        } else if (call.read(buffer.array(), buffer.position())) {
            answer(call);
        }
    }

    private void answer(UpstreamCall call) throws IOException {
        if (call.asksForCount()) {
            String body = Long.toString(calls);
            String response = "HTTP/1.1 200 OK\r\ncontent-length: " + body.length() + "\r\n\r\n" + body;
            call.send(ByteBuffer.wrap(response.getBytes(US_ASCII)));
            call.done();
            return;
        }
        calls++;
        if (call.spacingMillis() > 0) {
            pacer.begin(call);
        } else {
            if (!call.stream()) {
                call.send(replies.whole());
            } else if (call.pieceByPiece()) {
                for (int i = 0; i < replies.events(); i++) {
                    call.send(replies.event(i));
                }
            } else {
                call.send(replies.burst());
            }
            call.done();
        }
    }
}
