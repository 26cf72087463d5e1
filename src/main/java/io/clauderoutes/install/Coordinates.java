package io.clauderoutes.install;

import java.util.regex.Pattern;

/** Name of a library in a Maven repository. */
public record Coordinates(String group, String artifact, String version) {

    static final String CAMEL = "org.apache.camel";
    private static final Pattern PART = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.+-]*");
    private static final String EXPECTED =
            ": expected camel-<name>, such as camel-jms, or <group>:<artifact>:<version>, such as org.postgresql:postgresql:42.7.8";

    public Coordinates {
        if (!PART.matcher(group).matches()
                || !PART.matcher(artifact).matches()
                || !PART.matcher(version).matches()) {
            throw new IllegalArgumentException(group + ":" + artifact + ":" + version + EXPECTED);
        }
    }

    /**
     * Reads {@code camel-jms}, {@code group:artifact} of Camel, or {@code group:artifact:version}.
     *
     * @throws IllegalArgumentException for another text, and for another version of Camel than the bundle's
     */
    public static Coordinates of(String text, String camelVersion) {
        String[] parts = text.split(":", -1);
        if (parts.length == 1 && text.startsWith("camel-")) {
            return new Coordinates(CAMEL, text, camelVersion);
        }
        if (parts.length == 2 && parts[0].equals(CAMEL)) {
            return new Coordinates(CAMEL, parts[1], camelVersion);
        }
        if (parts.length != 3) {
            throw new IllegalArgumentException(text + EXPECTED);
        }
        Coordinates coordinates = new Coordinates(parts[0], parts[1], parts[2]);
        if (coordinates.group().equals(CAMEL) && !coordinates.version().equals(camelVersion)) {
            throw new IllegalArgumentException(text + ": this bundle has Camel " + camelVersion
                    + ", and components of Camel must have its version: leave out the version");
        }
        return coordinates;
    }

    /** Whether both are the same library, in any version. */
    boolean isVersionOf(Coordinates other) {
        return group.equals(other.group) && artifact.equals(other.artifact);
    }

    /** Name of a file or folder. */
    public String fileName() {
        return artifact + "-" + version;
    }

    @Override
    public String toString() {
        return group + ":" + artifact + ":" + version;
    }
}
