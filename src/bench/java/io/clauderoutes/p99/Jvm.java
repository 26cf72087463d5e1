package io.clauderoutes.p99;

import java.util.ArrayList;
import java.util.List;

/** The JVM of this process, for other processes. */
final class Jvm {

    private static final String JAVA = ProcessHandle.current().info().command().orElse("java");

    private Jvm() {}

    static List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(JAVA, "-XX:+UseSerialGC", "-Xmx384m"));
        command.addAll(arguments);
        return command;
    }
}
