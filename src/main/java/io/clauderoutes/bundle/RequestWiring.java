package io.clauderoutes.bundle;

import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.redact.Redactor;
import io.clauderoutes.request.Request;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.request.RequestsInProgress;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.ClientKeySettings;
import io.clauderoutes.tracing.Tracing;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Exchange;

/** What every request needs, whatever its source: meters, outcomes, redaction, JSON and ids. */
final class RequestWiring {

    private final MeterRegistry registry;
    private final Tracing tracing;
    private final ClaudeMeters meters;
    private final RequestOutcomes outcomes;
    private final RequestsInProgress inProgress = new RequestsInProgress();
    private final Redactor redactor;
    private final MessageJson json;
    private final PromptDialect dialect;
    private final Supplier<String> ids;

    RequestWiring(Wiring wiring, MeterRegistry registry) {
        ClaudeSettings settings = wiring.settings();
        this.registry = registry;
        this.tracing = TracingWiring.tracing(wiring);
        this.ids = ids(wiring.runtime().random().get());
        this.meters = new ClaudeMeters(registry, wiring.runtime().ticker());
        meters.begin(
                tenants(settings),
                settings.upstream().endpoints().keySet(),
                settings.prompts().source().model());
        wiring.live(next -> () -> meters.begin(tenants(next)));
        this.outcomes = new RequestOutcomes(
                meters, wiring.runtime().ticker(), settings.operation().log().json());
        wiring.step("claudeRequestEnd", this::ended);
        this.redactor = new Redactor(settings.delivery().redact(), new MessageJson(), meters);
        wiring.live(next -> redactor.prepare(next.delivery().redact()));
        wiring.bind("claudeRedactor", redactor);
        wiring.step("claudeRedactPrompt", redactor::redactPrompt);
        wiring.step("claudeRedactReply", redactor::redactReply);
        this.json = new MessageJson(redactor::redactError);
        this.dialect = new PromptDialect(json);
    }

    private static Set<String> tenants(ClaudeSettings settings) {
        return Stream.of(
                        settings.servers().gateway().access().keys().values().stream()
                                .map(ClientKeySettings::tenant),
                        settings.prompts().sources().values().stream()
                                .map(source -> source.request().tenant()),
                        settings.admission().budgets().keySet().stream())
                .flatMap(names -> names)
                .collect(Collectors.toSet());
    }

    /** Short ids that differ between restarts and machines. */
    private static Supplier<String> ids(RandomGenerator random) {
        String run = Long.toString(random.nextLong(1L << 40), 36);
        AtomicLong number = new AtomicLong();
        return () -> "prompt-" + run + "-" + number.incrementAndGet();
    }

    private void ended(Exchange exchange) {
        outcomes.ended(exchange);
        Optional.ofNullable(Request.of(exchange)).ifPresent(inProgress::end);
    }

    /** The requests that are in progress. */
    RequestsInProgress inProgress() {
        return inProgress;
    }

    MeterRegistry registry() {
        return registry;
    }

    /** Spans of requests. */
    Tracing tracing() {
        return tracing;
    }

    ClaudeMeters meters() {
        return meters;
    }

    RequestOutcomes outcomes() {
        return outcomes;
    }

    Redactor redactor() {
        return redactor;
    }

    MessageJson json() {
        return json;
    }

    PromptDialect dialect() {
        return dialect;
    }

    /** Makes ids of prompts. */
    Supplier<String> ids() {
        return ids;
    }
}
