package io.clauderoutes.bundle;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.agent.output.OutputCheck;
import io.clauderoutes.agent.output.OutputRepair;
import io.clauderoutes.agent.output.OutputSchemas;
import io.clauderoutes.check.Checks;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.Mistakes;
import io.clauderoutes.settings.OptionalLibrary;
import io.clauderoutes.source.ResourceText;
import java.io.IOException;
import org.apache.camel.CamelContext;

/** Structured output: the schemas, the check before the fan-out, and the repair of a reply that does not fit. */
final class OutputWiring {

    private final OutputSchemas schemas;
    private final OutputCheck check;
    private final OutputRepair repair;

    OutputWiring(Wiring wiring, RequestWiring requests, Checks checks) {
        boolean repairs = wiring.settings().agents().output().repair();
        this.schemas = new OutputSchemas(requests.json());
        this.check = new OutputCheck(schemas, repairs, requests.json(), requests.meters());
        this.repair = new OutputRepair(
                request -> (repairs
                                && request.prompt()
                                        .options()
                                        .replyRules()
                                        .output()
                                        .isPresent())
                        || checks.areRepaired(request),
                failure -> failure instanceof ClaudeException.CheckFailed failed
                        ? checks.isRepaired(failed.check())
                        : repairs,
                requests.json(),
                requests.meters());
        wiring.bind("claudeOutputSchemas", schemas);
        wiring.step("claudeOutputCheck", check);
        wiring.condition("claudeOutputIsRepairable", repair::isPossible);
        wiring.step("claudeOutputRepair", repair::begin);
    }

    /** Adds each output schema of a source that cannot be read or used. */
    static void check(CamelContext context, ClaudeSettings settings, Mistakes mistakes) {
        if (!OptionalLibrary.JSON_SCHEMA.isPresent()) {
            return;
        }
        OutputSchemas schemas = new OutputSchemas(new MessageJson());
        settings.prompts()
                .sources()
                .forEach((name, source) -> source.reply().outputSchema().ifPresent(schema -> {
                    String key = "claude.sources." + name + ".output-schema: ";
                    try {
                        schemas.of(ResourceText.of(schema, context));
                    } catch (IOException unreadable) {
                        mistakes.add(key + schema + " cannot be read (" + unreadable.getMessage() + ")");
                    } catch (IllegalArgumentException wrong) {
                        mistakes.add(key + wrong.getMessage());
                    }
                }));
    }

    OutputSchemas schemas() {
        return schemas;
    }

    OutputRepair repair() {
        return repair;
    }

    OutputCheck check() {
        return check;
    }
}
