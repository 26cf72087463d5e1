package io.clauderoutes.sidebyside;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Portkey gateway as npm gives it. As shipped every stream of it fails on Node 20, because it changes headers of a
 * fetched response, which are immutable there; so {@code fetch} is made to return a copy.
 */
public final class Portkey {

    private static final String PACKAGE = "@portkey-ai/gateway";
    private static final Pattern VERSION = Pattern.compile("\"version\": *\"([^\"]+)\"");
    private static final String MUTABLE_HEADERS = """
            const fetched = globalThis.fetch;
            globalThis.fetch = async (...call) => {
              const { body, status, statusText, headers } = await fetched(...call);
              return new Response(body, { status, statusText, headers });
            };
            """;

    private static final Path FOLDER = Path.of("target", "portkey").toAbsolutePath();

    private final Path home;

    private Portkey(Path home) {
        this.home = home;
    }

    /** Installs the newest version below {@code target}, unless there is one already. */
    public static Portkey installed() throws IOException, InterruptedException {
        Portkey portkey = new Portkey(FOLDER.resolve("node_modules").resolve(PACKAGE));
        if (!Files.exists(portkey.home)) {
            Files.createDirectories(FOLDER);
            Process npm = new ProcessBuilder(
                            "npm",
                            "install",
                            "--no-audit",
                            "--no-fund",
                            "--prefix",
                            FOLDER.toString(),
                            PACKAGE + "@latest")
                    .inheritIO()
                    .start();
            if (npm.waitFor() != 0) {
                throw new IllegalStateException("npm could not install " + PACKAGE + " (leave it out with --only)");
            }
        }
        return portkey;
    }

    public String version() throws IOException {
        Matcher version = VERSION.matcher(Files.readString(home.resolve("package.json")));
        return version.find() ? version.group(1) : "of unknown version";
    }

    /** What starts it on a port; the preloaded wrapper is written into the folder. */
    public List<String> command(Path folder, int port) throws IOException {
        Path wrapper = Files.writeString(folder.resolve("mutable-headers.mjs"), MUTABLE_HEADERS);
        return List.of(
                "node",
                "--import",
                wrapper.toString(),
                home + "/build/start-server.js",
                "--port=" + port,
                "--headless");
    }

    /** What a request needs so that it goes to the upstream. */
    public static Map<String, String> headers(int upstreamPort) {
        return Map.of(
                "x-portkey-provider", "anthropic", "x-portkey-custom-host", "http://127.0.0.1:" + upstreamPort + "/v1");
    }
}
