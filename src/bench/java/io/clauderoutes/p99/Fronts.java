package io.clauderoutes.p99;

import io.clauderoutes.sidebyside.Nginx;
import io.clauderoutes.sidebyside.Portkey;
import io.clauderoutes.sidebyside.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The processes between clients and endpoints, each started when its variant is first used. */
final class Fronts implements AutoCloseable {

    private final Path folder;
    private final Endpoints endpoints;
    private final Map<String, Way> ways = new HashMap<>();
    private final List<AutoCloseable> processes = new ArrayList<>();

    Fronts(Path folder, Endpoints endpoints) {
        this.folder = folder;
        this.endpoints = endpoints;
    }

    /** Where the requests of a variant go. */
    Way way(Variant variant) throws IOException, InterruptedException {
        Way known = ways.get(variant.name());
        if (known != null) {
            return known;
        }
        int endpoint = endpoints.whole(1).get(0);
        Way way =
                switch (variant.front()) {
                    case NONE -> new Way(endpoint, Map.of());
                    case NGINX -> nginx(endpoint);
                    case PORTKEY -> portkey(endpoint);
                    case BUNDLE -> bundle(variant);
                };
        ways.put(variant.name(), way);
        return way;
    }

    private Way nginx(int endpoint) throws IOException, InterruptedException {
        int port = Server.freePort();
        Path home = home();
        Server server = Server.start("nginx", home, Nginx.command(home, port, endpoint));
        processes.add(server);
        server.awaitReady(port, "/simulator/bill");
        return new Way(port, Map.of());
    }

    private Way portkey(int endpoint) throws IOException, InterruptedException {
        int port = Server.freePort();
        Path home = home();
        Server server = Server.start("portkey", home, Portkey.installed().command(home, port));
        processes.add(server);
        server.awaitReady(port, "/");
        return new Way(port, Portkey.headers(endpoint));
    }

    private Way bundle(Variant variant) throws IOException, InterruptedException {
        BundleProcess bundle = BundleProcess.start(
                home(),
                variant.file(
                        switch (variant.endpoints()) {
                            case ONE -> endpoints.whole(1);
                            case TWO -> endpoints.whole(2);
                            case HALVES -> endpoints.halves();
                        }));
        processes.add(bundle);
        return new Way(bundle.port(), Map.of());
    }

    private Path home() throws IOException {
        return Files.createDirectories(folder.resolve("front-" + processes.size()));
    }

    @Override
    public void close() throws IOException {
        for (AutoCloseable process : processes) {
            try {
                process.close();
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
    }
}
