package io.clauderoutes.sidebyside;

import java.io.IOException;
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
        facts.add(Machine.description());
        facts.add(
                "options of the bundle's JVM: " + (options.jvm().isEmpty() ? "none" : String.join(" ", options.jvm())));
        if (!options.libraries() && options.ways().contains("nginx")) {
            facts.add(Machine.nginx());
        }
        if (!options.libraries() && options.ways().contains("portkey")) {
            facts.add("Portkey " + Portkey.installed().version() + " on Node " + Machine.node());
        }
        facts.add(options.rounds() + " rounds of " + options.seconds() + " s for each figure, after "
                + options.warmUpSeconds() + " s of load on each process that compiles as it runs");
        return String.join("; ", facts) + ".\n";
    }
}
