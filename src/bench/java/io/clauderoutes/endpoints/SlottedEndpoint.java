package io.clauderoutes.endpoints;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** An endpoint that serves some calls at once, lets as many wait, and refuses others with 529. */
final class SlottedEndpoint implements AutoCloseable {

    private static final double SPREAD = 0.3;
    private static final int MEDIAN_MILLIS = 100;
    private static final int REST_MILLIS = 300;
    private static final String BEGIN = """
            event: message_start
            data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],\
            "stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":1}}}

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Deep."}}

            """;
    private static final String END = """
            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":3}}

            event: message_stop
            data: {"type":"message_stop"}

            """;
    private static final String OVERLOADED =
            "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}";

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition changed = lock.newCondition();
    private final AtomicLong refused = new AtomicLong();
    private final Random random = new Random(1);
    private final HttpServer server;
    private int slots;
    private int taken;
    private int waiting;

    SlottedEndpoint(int slots) throws IOException {
        this.slots = slots;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    long refused() {
        return refused.get();
    }

    void slots(int other) {
        lock.lock();
        try {
            slots = other;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean enter() throws InterruptedException {
        lock.lock();
        try {
            if (taken >= slots && waiting >= slots) {
                return false;
            }
            waiting++;
            while (taken >= slots) {
                changed.await();
            }
            waiting--;
            taken++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void leave() {
        lock.lock();
        try {
            taken--;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            if (!exchange.getRequestMethod().equals("POST")) {
                exchange.sendResponseHeaders(200, -1);
            } else if (enter()) {
                try {
                    reply(exchange);
                } finally {
                    leave();
                }
            } else {
                refused.incrementAndGet();
                exchange.getResponseHeaders().set("content-type", "application/json");
                exchange.sendResponseHeaders(529, OVERLOADED.length());
                exchange.getResponseBody().write(OVERLOADED.getBytes(UTF_8));
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void reply(HttpExchange exchange) throws IOException, InterruptedException {
        Thread.sleep((long) (MEDIAN_MILLIS * Math.exp(SPREAD * gaussian())));
        exchange.getResponseHeaders().set("content-type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream body = exchange.getResponseBody();
        body.write(BEGIN.getBytes(UTF_8));
        body.flush();
        Thread.sleep(REST_MILLIS);
        body.write(END.getBytes(UTF_8));
    }

    private double gaussian() {
        synchronized (random) {
            return random.nextGaussian();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
