package io.clauderoutes.sidebyside;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** Under what circumstances a report came about. */
final class Setting {

    private final Options options;

    Setting(Options options) {
        this.options = options;
    }

    /** One paragraph. */
    String markdown() throws IOException, InterruptedException {
        List<String> facts = new ArrayList<>();
        facts.add(LocalDate.now(ZoneOffset.UTC).toString());
        facts.add(processor() + ", " + Runtime.getRuntime().availableProcessors() + " cores, "
                + System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.add("JDK " + System.getProperty("java.runtime.version") + " (" + System.getProperty("java.vendor") + ")");
        facts.add(
                "options of the bundle's JVM: " + (options.jvm().isEmpty() ? "none" : String.join(" ", options.jvm())));
        if (!options.libraries() && options.ways().contains("nginx")) {
            facts.add(firstLine("nginx", "-v").replace("nginx version: ", ""));
        }
        if (!options.libraries() && options.ways().contains("portkey")) {
            facts.add("Portkey " + Portkey.installed().version() + " on Node " + firstLine("node", "--version"));
        }
        facts.add(options.rounds() + " rounds of " + options.seconds() + " s for each figure, after "
                + options.warmUpSeconds() + " s of load on each process that compiles as it runs");
        return String.join("; ", facts) + ".\n";
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
