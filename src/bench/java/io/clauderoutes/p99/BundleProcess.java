package io.clauderoutes.p99;

import io.clauderoutes.sidebyside.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A bundle as an operator starts it: the jar, in a folder with an {@code application.properties}. */
final class BundleProcess implements AutoCloseable {

    private static final Path JAR = Path.of("target", "claude-routes.jar").toAbsolutePath();

    private final Server server;
    private final int port;

    private BundleProcess(Server server, int port) {
        this.server = server;
        this.port = port;
    }

    /** Starts it and waits until it serves requests. */
    static BundleProcess start(Path folder, List<String> settings) throws IOException, InterruptedException {
        if (!Files.exists(JAR)) {
            throw new IllegalStateException(JAR + " is missing: run ./mvnw package");
        }
        int port = Server.freePort();
        List<String> lines = new ArrayList<>(settings);
        lines.add("claude.credentials.main.key = sk-ant-benchmark");
        lines.add("camel.server.port = " + port);
        lines.add("camel.management.port = 0");
        Files.write(folder.resolve("application.properties"), lines);
        Server server = Server.start("bundle", folder, Jvm.command(List.of("-jar", JAR.toString())));
        server.awaitReady(port, "/api/hello");
        return new BundleProcess(server, port);
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        server.close();
    }
}
