package io.clauderoutes.sidebyside;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts the processes that are compared, and the upstream behind all of them; closed, it ends them. */
final class Parties implements AutoCloseable {

    private static final String JAVA = ProcessHandle.current().info().command().orElse("java");
    /** In place of the door's own route: what the same Camel and the same threads cost without the seven stages. */
    private static final String BARE_ROUTE = """
            - route:
                id: claude-http
                streamCache: false
                errorHandler:
                  noErrorHandler: {}
                from:
                  uri: platform-http
                  parameters:
                    path: /v1/messages
                    httpMethodRestrict: POST
                  steps:
                    - removeHeaders:
                        pattern: CamelHttp*
                    - to:
                        uri: http://127.0.0.1:%d/v1/messages
                        parameters:
                          bridgeEndpoint: true
                          connectionsPerRoute: 200
                          maxTotalConnections: 200
            """;

    private static final Map<String, String> NO_HEADERS = Map.of();

    private final Options options;
    private final Path folder;
    private final List<Server> servers = new ArrayList<>();
    private final Server upstream;
    private final int upstreamPort;

    Parties(Options options) throws IOException, InterruptedException {
        this.options = options;
        this.folder = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "side-by-side-");
        this.upstream = start(
                "upstream",
                List.of(
                        JAVA,
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Upstream.class.getName()));
        this.upstreamPort = Integer.parseInt(upstream.awaitLine());
    }

    /** The contenders of these names, ready for calls. */
    List<Contender> contenders(List<String> names) throws IOException, InterruptedException {
        List<Contender> contenders = new ArrayList<>();
        for (String name : names) {
            contenders.add(
                    switch (name) {
                        case "direct" -> new Contender(name, upstreamPort, NO_HEADERS, upstream, true, false);
                        case "nginx" -> nginx();
                        case "portkey" -> portkey();
                        case "bundle-no-redaction" -> bundle(name, true, List.of("-Dclaude.redact.enabled=false"));
                        case "bundle-no-fsync" -> bundle(name, true, List.of("-Dclaude.ledger.fsync.enabled=false"));
                        case "bundle-cache" -> bundle(name, false, List.of());
                        case "bare-route" -> bareRoute();
                        default -> bundle(name);
                    });
        }
        return contenders;
    }

    private Contender nginx() throws IOException, InterruptedException {
        int port = Server.freePort();
        Server server = start("nginx", Nginx.command(folder, port, upstreamPort));
        server.awaitReady(port, "/");
        return new Contender("nginx", port, NO_HEADERS, server, true, false);
    }

    private Contender portkey() throws IOException, InterruptedException {
        int port = Server.freePort();
        Portkey portkey = Portkey.installed();
        Server server = start("portkey", portkey.command(folder, port));
        server.awaitReady(port, "/");
        return new Contender("portkey", port, Portkey.headers(upstreamPort), server, true, true);
    }

    /** The bundle as it comes, for calls that it has never seen. */
    Contender bundle(String name) throws IOException, InterruptedException {
        return bundle(name, true, List.of());
    }

    /** The same, begun with a file of {@link #trained}. */
    Contender bundle(String name, Path learned) throws IOException, InterruptedException {
        return bundle(name, true, List.of("-XX:AOTCache=" + learned));
    }

    /** What the JVM learns when the bundle is trained as it comes. */
    Path trained() throws IOException, InterruptedException {
        Path learned = folder.resolve("claude-routes.aot");
        List<String> command = new ArrayList<>(List.of(JAVA));
        command.addAll(options.jvm());
        command.addAll(List.of("-jar", options.jar().toString(), "train", "--file=" + learned));
        Process training = new ProcessBuilder(command).inheritIO().start();
        if (training.waitFor() != 0) {
            throw new IOException("the bundle could not be trained");
        }
        return learned;
    }

    /** A bundle in an empty folder. */
    private Contender bundle(String name, boolean unique, List<String> settings)
            throws IOException, InterruptedException {
        int port = Server.freePort();
        List<String> command = new ArrayList<>(List.of(JAVA));
        command.addAll(options.jvm());
        command.addAll(List.of(
                "-Dclaude.endpoints.primary.url=http://127.0.0.1:" + upstreamPort,
                "-Dclaude.credentials.main.key=sk-ant-benchmark",
                "-Dcamel.server.port=" + port,
                "-Dcamel.management.port=0"));
        command.addAll(settings);
        command.addAll(List.of("-jar", options.jar().toString()));
        Server server = start(name, command);
        server.awaitReady(port, "/api/hello");
        return new Contender(name, port, NO_HEADERS, server, unique, true);
    }

    private Contender bareRoute() throws IOException, InterruptedException {
        Path routes = Files.createDirectories(folder.resolve("bare-routes"));
        Files.writeString(
                Files.createDirectories(routes.resolve("sources")).resolve("http.camel.yaml"),
                BARE_ROUTE.formatted(upstreamPort));
        return bundle("bare-route", true, List.of("-Dclaude.routes=" + routes));
    }

    /** A JVM with one library, whose calls go to the upstream. */
    LibraryJvm library(String name) throws IOException {
        return new LibraryJvm(name, JAVA, options.jvm(), upstreamPort, folder);
    }

    private Server start(String name, List<String> command) throws IOException {
        Path home = Files.createDirectories(folder.resolve(name + servers.size()));
        Server server = Server.start(name, home, command);
        servers.add(server);
        return server;
    }

    Server upstream() {
        return upstream;
    }

    /** How many calls have reached the upstream so far. */
    long upstreamCalls() throws IOException {
        try (InputStream count = URI.create("http://127.0.0.1:" + upstreamPort + "/calls")
                .toURL()
                .openStream()) {
            return Long.parseLong(new String(count.readAllBytes(), US_ASCII));
        }
    }

    @Override
    public void close() {
        servers.forEach(Server::close);
    }
}
