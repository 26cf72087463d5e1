package io.clauderoutes.install;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The libraries in {@code lib/} with their versions, as the build listed them. */
public final class BundledLibraries {

    private static final String LIST = "META-INF/claude-routes/libraries.txt";
    private static final int PARTS = 5;

    private final Map<String, String> versions = new HashMap<>();

    /** @param lines those of {@code dependency:tree}: {@code group:artifact:jar:version:scope} */
    BundledLibraries(Iterable<String> lines) {
        for (String line : lines) {
            String[] parts = line.trim().split("[: ]", -1);
            if (parts.length >= PARTS && parts[2].equals("jar")) {
                versions.put(parts[0] + ":" + parts[1], parts[3]);
            }
        }
    }

    /** The list in the jar of the bundle. */
    public static BundledLibraries packaged() {
        try (InputStream in = BundledLibraries.class.getClassLoader().getResourceAsStream(LIST)) {
            if (in == null) {
                throw new IllegalStateException(LIST + " is missing: build the bundle with ./mvnw package");
            }
            return new BundledLibraries(new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .toList());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** The version of Camel that components must have. */
    public String camelVersion() {
        return version(Coordinates.CAMEL, "camel-api").orElseThrow();
    }

    Optional<String> version(String group, String artifact) {
        return Optional.ofNullable(versions.get(group + ":" + artifact));
    }
}
