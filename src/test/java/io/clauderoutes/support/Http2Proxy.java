package io.clauderoutes.support;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * A server of another make that speaks HTTP/2 to the bundle and stands before an endpoint of HTTP/1.1. Where it is not installed,
 * tests that need it are aborted, and say so.
 */
public final class Http2Proxy implements AutoCloseable {

    /** What it is, and how it is spoken to. */
    public enum Kind {
        NGINX_TLS("nginx", true),
        NGHTTPX_TLS("nghttpx", true),
        NGHTTPX_PLAIN("nghttpx", false);

        private final String program;
        private final boolean secure;

        Kind(String program, boolean secure) {
            this.program = program;
            this.secure = secure;
        }

        private Path program() {
            return Stream.concat(
                            Stream.of(System.getenv("PATH").split(":")).map(Path::of),
                            Stream.of(Path.of("/usr/sbin"), Path.of("/usr/local/sbin")))
                    .map(folder -> folder.resolve(program))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .orElseThrow(() -> new TestAbortedException(program + " is not installed on this machine"));
        }
    }

    /** One request as the proxy has it in its log once it is over: from which port it came, and with what it ended. */
    public record Access(int port, String protocol, int status) {}

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Kind kind;
    private final Path folder;
    private final int port;
    private final Optional<TestCertificates> own;
    private final Process process;

    private Http2Proxy(Kind kind, Path folder, TestCertificates own, int behind, int mostRequests) throws IOException {
        Path program = kind.program();
        this.kind = kind;
        this.folder = Files.createDirectories(folder);
        this.own = kind.secure ? Optional.of(own) : Optional.empty();
        Files.writeString(keyFile(), privateKey(own));
        this.port = FreePort.next();
        Files.deleteIfExists(log());
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(kind == Kind.NGINX_TLS ? nginx(behind, mostRequests) : nghttpx(behind, mostRequests));
        this.process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said().toFile())
                .start();
    }

    /**
     * Starts one.
     *
     * @param folder of its own
     * @param own what it shows, if it speaks TLS
     * @param behind the port of the endpoint
     * @param mostRequests after which it says goodbye on a connection
     */
    public static Http2Proxy start(Kind kind, Path folder, TestCertificates own, int behind, int mostRequests) {
        try {
            Http2Proxy proxy = new Http2Proxy(kind, folder, own, behind, mostRequests);
            Patience.until(proxy::isListening, PATIENCE, proxy::trouble);
            return proxy;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private Path keyFile() {
        return folder.resolve("key.pem");
    }

    private Path log() {
        return folder.resolve("access.log");
    }

    private Path said() {
        return folder.resolve("said.log");
    }

    private static String privateKey(TestCertificates own) throws IOException {
        try {
            char[] password = TestCertificates.PASSWORD.toCharArray();
            KeyStore keys = KeyStore.getInstance(own.keys().toFile(), password);
            byte[] encoded = keys.getKey("own", password).getEncoded();
            return "-----BEGIN PRIVATE KEY-----\n"
                    + Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(encoded)
                    + "\n-----END PRIVATE KEY-----\n";
        } catch (GeneralSecurityException unreadable) {
            throw new IllegalStateException(unreadable);
        }
    }

    /** In the foreground and in one process, so that it can be killed. */
    private List<String> nginx(int behind, int mostRequests) throws IOException {
        Path configuration = Files.writeString(folder.resolve("nginx.conf"), """
                daemon off;
                master_process off;
                pid %1$s/nginx.pid;
                error_log stderr;
                events { worker_connections 1024; }
                http {
                  log_format seen '$remote_port $server_protocol $status';
                  access_log %1$s/access.log seen;
                  client_body_temp_path %1$s/client;
                  proxy_temp_path %1$s/proxy;
                  fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi;
                  scgi_temp_path %1$s/scgi;
                  server {
                    listen 127.0.0.1:%2$d ssl http2;
                    ssl_certificate %3$s;
                    ssl_certificate_key %4$s;
                    keepalive_requests %5$d;
                    location / {
                      proxy_pass http://127.0.0.1:%6$d;
                      proxy_http_version 1.1;
                      proxy_buffering off;
                    }
                  }
                }
                """.formatted(
                        folder, port, own.orElseThrow().pem(), keyFile(), mostRequests, behind));
        return List.of("-p", folder.toString(), "-c", configuration.toString());
    }

    private List<String> nghttpx(int behind, int mostRequests) throws IOException {
        List<String> options = new ArrayList<>(List.of(
                "--conf=/dev/null",
                "--frontend=127.0.0.1," + port + (kind.secure ? "" : ";no-tls"),
                "--backend=127.0.0.1," + behind,
                "--backend-connections-per-host=200",
                "--workers=1",
                "--accesslog-file=" + log(),
                "--accesslog-format=$remote_port $alpn $status",
                "--frontend-max-requests=" + mostRequests));
        own.ifPresent(
                its -> options.addAll(List.of(keyFile().toString(), its.pem().toString())));
        return List.copyOf(options);
    }

    private boolean isListening() throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        }
    }

    private String trouble() {
        try {
            return (process.isAlive() ? "it runs: " : "it has ended: ") + Files.readString(said());
        } catch (IOException silent) {
            return silent.toString();
        }
    }

    public String url() {
        return (kind.secure ? "https" : "http") + "://localhost:" + port;
    }

    /** Its certificate, for those who are to trust it; empty if it needs none. */
    public String certificate() {
        return own.map(its -> its.pem().toString()).orElse("");
    }

    /** What is over so far. */
    public List<Access> accesses() {
        try (Stream<String> lines = Files.lines(log(), UTF_8)) {
            return lines.map(line -> line.split(" ", -1))
                    .map(cells -> new Access(Integer.parseInt(cells[0]), cells[1], Integer.parseInt(cells[2])))
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Connections over which there came a request that is over. */
    public long connections() {
        return accesses().stream().map(Access::port).distinct().count();
    }

    /** Replaces the process that serves by another; the old one says goodbye, and ends what it has. */
    public void renew() {
        signal("HUP");
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor(10, TimeUnit.SECONDS);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    /** Kills it, as {@code kill -9} does. */
    @Override
    public void close() {
        List<ProcessHandle> serving = process.descendants().toList();
        process.destroyForcibly();
        serving.forEach(ProcessHandle::destroyForcibly);
        process.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }
}
