package io.clauderoutes.support;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The API as a test wants it: a bare socket that plays the scripted replies, one for each request in order of arrival. A reply
 * that nobody asked for, and a request for which there was none, fail the test.
 */
public final class StubClaude implements AfterEachCallback, AutoCloseable {

    private final ServerSocket door;
    private final Deque<StubReply> script = new ArrayDeque<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Request> unexpected = new CopyOnWriteArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Map<String, StubReply> byPrompt = new ConcurrentHashMap<>();
    private volatile StubReply always;

    /** A request as it came. Names of headers are in lower case. */
    public record Request(String line, Map<String, String> headers, String body) {
        public Request {
            headers = Map.copyOf(headers);
        }
    }

    public StubClaude() {
        try {
            door = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
        start(this::accept);
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "stub-claude");
        thread.setDaemon(true);
        thread.start();
    }

    public String url() {
        return "http://127.0.0.1:" + door.getLocalPort();
    }

    /** What happens with the next requests, one each. */
    public void next(StubReply... replies) {
        synchronized (script) {
            script.addAll(List.of(replies));
        }
    }

    /** What happens with every request for which nothing is scripted. */
    public void always(StubReply reply) {
        always = reply;
    }

    /** What happens with every request whose body holds a text. */
    public void whenPromptHas(String text, StubReply reply) {
        byPrompt.put(text, reply);
    }

    /** The requests so far, in order of arrival. */
    public List<Request> requests() {
        return List.copyOf(requests);
    }

    /** The bodies of the requests so far. */
    public List<String> prompts() {
        return requests.stream().map(Request::body).toList();
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket socket = door.accept();
                socket.setTcpNoDelay(true);
                open.add(socket);
                start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            boolean next = true;
            while (next) {
                Request request = read(in);
                requests.add(request);
                StubReply reply = reply(request);
                if (reply == null) {
                    unexpected.add(request);
                    return;
                }
                next = reply.play(socket);
            }
        } catch (IOException callerHasGone) {
            // that is the caller's right
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(socket);
        }
    }

    private StubReply reply(Request request) {
        for (Map.Entry<String, StubReply> one : byPrompt.entrySet()) {
            if (request.body().contains(one.getKey())) {
                return one.getValue();
            }
        }
        synchronized (script) {
            StubReply scripted = script.poll();
            return scripted == null ? always : scripted;
        }
    }

    private static Request read(InputStream in) throws IOException {
        String first = line(in);
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        return new Request(first, headers, new String(in.readNBytes(length), UTF_8));
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the caller has gone");
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(UTF_8);
    }

    /** How many connections are open. */
    public int connections() {
        return open.size();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        close();
        synchronized (script) {
            assertThat(script).as("scripted replies that nobody asked for").isEmpty();
        }
        assertThat(unexpected).as("requests for which nothing was scripted").isEmpty();
    }

    @Override
    public void close() {
        try {
            door.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
