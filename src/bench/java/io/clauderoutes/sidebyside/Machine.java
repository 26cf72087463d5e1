package io.clauderoutes.sidebyside;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine and the programs on it, as reports name them. */
public final class Machine {

    private Machine() {}

    /** Processor, cores, system and JDK. */
    public static String description() throws IOException {
        return processor() + ", " + Runtime.getRuntime().availableProcessors() + " cores, "
                + System.getProperty("os.name") + " " + System.getProperty("os.version") + "; JDK "
                + System.getProperty("java.runtime.version") + " (" + System.getProperty("java.vendor") + ")";
    }

    /** Name and version of nginx. */
    public static String nginx() throws IOException, InterruptedException {
        return firstLine("nginx", "-v").replace("nginx version: ", "");
    }

    /** Version of Node. */
    public static String node() throws IOException, InterruptedException {
        return firstLine("node", "--version");
    }

    private static String processor() throws IOException {
        return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).trim())
                .findFirst()
                .orElse(System.getProperty("os.arch"));
    }

    private static String firstLine(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said.lines().findFirst().orElse("");
    }
}
