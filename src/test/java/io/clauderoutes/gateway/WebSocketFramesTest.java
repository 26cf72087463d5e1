package io.clauderoutes.gateway;

import static io.clauderoutes.support.RawSocket.BINARY;
import static io.clauderoutes.support.RawSocket.CLOSE;
import static io.clauderoutes.support.RawSocket.CONTINUATION;
import static io.clauderoutes.support.RawSocket.FINAL;
import static io.clauderoutes.support.RawSocket.PING;
import static io.clauderoutes.support.RawSocket.PONG;
import static io.clauderoutes.support.RawSocket.TEXT;
import static io.clauderoutes.support.RawSocket.frame;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.Frame;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.RawSocket;
import io.clauderoutes.support.RawSocket.Received;
import io.clauderoutes.support.StubClaude;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Frames that break the rules of RFC 6455, or are meant to harm, over real connections. */
@Timeout(120)
class WebSocketFramesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String PING_MESSAGE = "{\"type\":\"ping\"}";
    private static final String PONG_MESSAGE = "{\"type\":\"pong\"}";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.gateway.max-request-bytes", "40000000")
            .withHttpDoor();

    private RawSocket connect() throws IOException {
        RawSocket socket = new RawSocket(bundle.door());
        assertThat(socket.head()).startsWith("HTTP/1.1 101").contains(": claude-routes.v1");
        return socket;
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Stream.of(parts).forEach(all::writeBytes);
        return all.toByteArray();
    }

    private static byte[] closing(int code) {
        return ByteBuffer.allocate(2).putShort((short) code).array();
    }

    private record Hostile(String what, int code, Frame sent) {
        Hostile(String what, int code, byte[] sent) {
            this(what, code, new Frame(sent));
        }
    }

    @Test
    void frames_that_break_the_rules_end_the_connection_with_their_code() throws Exception {
        byte[] text = PING_MESSAGE.getBytes(UTF_8);
        for (Hostile hostile : Stream.of(
                        new Hostile("RSV1", 1002, frame(FINAL | 0x40 | TEXT, text)),
                        new Hostile("RSV2", 1002, frame(FINAL | 0x20 | TEXT, text)),
                        new Hostile("RSV3 of a ping", 1002, frame(FINAL | 0x10 | PING, new byte[0])),
                        new Hostile("opcode 3", 1002, frame(FINAL | 3, text)),
                        new Hostile("opcode 7", 1002, frame(FINAL | 7, new byte[0])),
                        new Hostile("opcode 11", 1002, frame(FINAL | 11, new byte[0])),
                        new Hostile("opcode 15", 1002, frame(FINAL | 15, text)),
                        new Hostile("a ping in fragments", 1002, frame(PING, new byte[0])),
                        new Hostile("a long ping", 1002, frame(FINAL | PING, new byte[126])),
                        new Hostile("a long close", 1002, frame(FINAL | CLOSE, new byte[126])),
                        new Hostile("nothing to continue", 1002, frame(FINAL | CONTINUATION, text)),
                        new Hostile("a text within a text", 1002, joined(frame(TEXT, text), frame(FINAL | TEXT, text))),
                        new Hostile(
                                "not masked",
                                1002,
                                joined(new byte[] {(byte) (FINAL | TEXT), (byte) text.length}, text)),
                        new Hostile("a close of one byte", 1002, frame(FINAL | CLOSE, new byte[1])),
                        new Hostile("close code 999", 1002, frame(FINAL | CLOSE, closing(999))),
                        new Hostile("close code 1005", 1002, frame(FINAL | CLOSE, closing(1005))),
                        new Hostile("close code 2999", 1002, frame(FINAL | CLOSE, closing(2999))),
                        new Hostile("a close", 1000, frame(FINAL | CLOSE, closing(1000))),
                        new Hostile("a close of its own", 3999, frame(FINAL | CLOSE, closing(3999))),
                        new Hostile(
                                "not UTF-8", 1007, frame(FINAL | TEXT, new byte[] {'"', (byte) 0xC0, (byte) 0xAF, '"'
                                })),
                        new Hostile("a surrogate", 1007, frame(FINAL | TEXT, new byte[] {
                            (byte) 0xED, (byte) 0xA0, (byte) 0x80
                        })),
                        new Hostile(
                                "half a character at the end of a text",
                                1007,
                                joined(
                                        frame(TEXT, new byte[] {'"', (byte) 0xC3}),
                                        frame(FINAL | CONTINUATION, new byte[0]))),
                        new Hostile("binary", 1003, frame(FINAL | BINARY, text)),
                        new Hostile("binary in fragments", 1003, frame(BINARY, text)),
                        new Hostile("2 exabytes", 1009, RawSocket.head(FINAL | TEXT, 1L << 61)),
                        new Hostile("a negative length", 1009, RawSocket.head(FINAL | TEXT, -1)),
                        new Hostile("40 MB", 1009, RawSocket.head(FINAL | TEXT, 40_000_000)))
                .toList()) {
            try (RawSocket socket = connect()) {
                socket.write(hostile.sent().bytes());

                assertThat(socket.closeCode()).as(hostile.what()).isEqualTo(hostile.code());
            }
        }
        try (RawSocket socket = connect()) {
            socket.text(PING_MESSAGE);
            assertThat(socket.next().text()).isEqualTo(PONG_MESSAGE);
        }
    }

    @Test
    void a_text_in_fragments_with_pings_between_them_is_one_message() throws Exception {
        byte[] text = "{\"type\":\"ping\",\"id\":\"a-b\"}".getBytes(UTF_8);
        try (RawSocket socket = connect()) {
            socket.write(frame(TEXT, Arrays.copyOf(text, 5)));
            for (int at = 5; at < text.length; at++) {
                socket.write(frame(FINAL | PING, new byte[] {(byte) at}));
                Received pong = nextThatIsNoPing(socket);
                assertThat(pong.opcode()).isEqualTo(PONG);
                assertThat(pong.payload()).containsExactly(at);
                socket.write(frame(at == text.length - 1 ? FINAL | CONTINUATION : CONTINUATION, new byte[] {text[at]}));
            }

            assertThat(nextThatIsNoPing(socket).text()).contains("\"pong\"").contains("a-b");
        }
    }

    private static Received nextThatIsNoPing(RawSocket socket) throws IOException {
        Received next = socket.next();
        while (next.opcode() == PING) {
            next = socket.next();
        }
        return next;
    }

    @Test
    void bytes_may_come_one_by_one_and_messages_many_at_once() throws Exception {
        byte[] one = frame(FINAL | TEXT, PING_MESSAGE.getBytes(UTF_8));
        try (RawSocket socket = connect()) {
            for (byte next : one) {
                socket.write(new byte[] {next});
            }
            assertThat(nextThatIsNoPing(socket).text()).isEqualTo(PONG_MESSAGE);

            byte[][] many = new byte[500][];
            Arrays.fill(many, one);
            socket.write(joined(many));
            for (int i = 0; i < many.length; i++) {
                assertThat(nextThatIsNoPing(socket).text()).isEqualTo(PONG_MESSAGE);
            }
        }
    }

    @Test
    void messages_have_no_more_memory_than_the_bodies_of_requests() throws Exception {
        byte[] begin = RawSocket.head(FINAL | TEXT, 20_000_000);
        try (RawSocket one = connect();
                RawSocket two = connect()) {
            one.write(begin);
            two.write(begin);

            BlockingQueue<Integer> codes = new LinkedBlockingQueue<>();
            for (RawSocket socket : List.of(one, two)) {
                Future<Boolean> unused = bundle.inBackground(() -> codes.add(socket.closeCode()));
            }
            assertThat(codes.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("not both have room")
                    .isEqualTo(1013);
        }
        untilThereIsRoom(begin);
    }

    private void untilThereIsRoom(byte[] begin) {
        Patience.until(
                () -> {
                    try (RawSocket again = connect()) {
                        again.write(begin);
                        again.socket().setSoTimeout(300);
                        return again.closeCode() != 1013;
                    } catch (SocketTimeoutException taken) {
                        return true;
                    }
                },
                PATIENCE,
                () -> "the bytes of a broken message were not given back");
    }

    @Test
    void a_message_that_does_not_come_to_its_end_ends_the_connection() throws Exception {
        bundle.with("claude.gateway.read-timeout", "2s");
        try (RawSocket socket = connect()) {
            socket.write(RawSocket.head(FINAL | TEXT, 1000));
            Future<Void> pongs = bundle.inBackground(() -> {
                for (int i = 0; i < 100; i++) {
                    socket.write(new byte[] {'a'});
                    TimeUnit.MILLISECONDS.sleep(50);
                }
                return null;
            });

            assertThat(socket.closeCode()).isEqualTo(1008);
            pongs.cancel(true);
        }
    }

    @Test
    void a_client_that_is_not_there_any_more_is_disconnected() throws Exception {
        bundle.with("claude.gateway.ping-interval", "200ms");
        try (RawSocket socket = connect()) {
            assertThat(socket.next().opcode()).isEqualTo(PING);

            assertThat(socket.closeCode()).as("no pong came").isZero();
        }
    }

    @Test
    void a_connection_that_is_used_for_nothing_is_closed() throws Exception {
        bundle.with("claude.gateway.ping-interval", "1s").with("claude.gateway.websocket.idle-timeout", "2s");
        try (RawSocket socket = connect()) {
            Received next = socket.next();
            while (next.opcode() == PING) {
                socket.write(frame(FINAL | PONG, next.payload()));
                next = socket.next();
            }

            assertThat(next.code()).isEqualTo(1001);
            assertThat(new String(next.payload(), UTF_8)).contains("claude.gateway.websocket.idle-timeout");
        }
    }

    /** Each ping is answered, so a client that never reads would fill the memory. */
    @Test
    void a_flood_of_pings_is_not_read_faster_than_the_client_reads() throws Exception {
        bundle.with("claude.gateway.write-timeout", "2s");
        byte[] pings = new byte[0];
        for (int i = 0; i < 500; i++) {
            pings = joined(pings, frame(FINAL | PING, new byte[120]));
        }
        byte[] flood = pings;
        AtomicLong sent = new AtomicLong();
        try (RawSocket socket = connect()) {
            Future<Void> flooding = bundle.inBackground(() -> {
                for (int i = 0; i < 4000; i++) {
                    socket.write(flood);
                    sent.addAndGet(flood.length);
                }
                return null;
            });

            Patience.until(flooding::isDone, PATIENCE, () -> "the client is neither stopped nor disconnected");
            assertThat(sent.get()).as("bytes taken of 250 MB").isLessThan(100_000_000);
        }
    }
}
