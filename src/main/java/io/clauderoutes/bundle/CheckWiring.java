package io.clauderoutes.bundle;

import io.clauderoutes.check.Checks;
import io.clauderoutes.request.ReplyPredictions;
import io.clauderoutes.settings.CheckSettings;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.Mistakes;
import io.clauderoutes.settings.SettingsException;
import io.clauderoutes.source.ResourceText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelContext;

/** The checks of replies before the fan-out. */
final class CheckWiring {

    private final Checks checks;

    CheckWiring(Wiring wiring, RequestWiring requests, ReplyPredictions predictions) {
        CamelContext context = wiring.context();
        this.checks = new Checks(
                withSchemas(wiring.settings(), context),
                requests.json(),
                requests.meters(),
                predictions,
                wiring.closing(context.createProducerTemplate()),
                wiring.runtime().threads().perTask("claude-check"));
        wiring.live(next -> checks.prepare(withSchemas(next, context)));
        wiring.step("claudeReplyChecks", checks);
    }

    /** Adds each check that cannot be used. */
    static void check(CamelContext context, ClaudeSettings settings, Mistakes mistakes) {
        mistakes.check(() -> Checks.check(withSchemas(settings, context)));
    }

    Checks checks() {
        return checks;
    }

    private static Map<String, CheckSettings> withSchemas(ClaudeSettings settings, CamelContext context) {
        Map<String, CheckSettings> read = new LinkedHashMap<>();
        List<String> mistakes = new ArrayList<>();
        settings.agents().checks().forEach((name, check) -> {
            try {
                read.put(
                        name,
                        check.schema().isEmpty()
                                ? check
                                : check.withSchema(
                                        ResourceText.of(check.schema().get(), context)));
            } catch (IOException unreadable) {
                mistakes.add("claude.checks." + name + ".schema="
                        + check.schema().orElse("") + ": the schema cannot be read");
            }
        });
        if (!mistakes.isEmpty()) {
            throw new SettingsException(mistakes);
        }
        return read;
    }
}
