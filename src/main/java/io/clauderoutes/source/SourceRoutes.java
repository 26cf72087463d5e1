package io.clauderoutes.source;

import io.clauderoutes.ClaudeMeters;
import io.clauderoutes.ClaudeSettings;
import io.clauderoutes.ClaudeSettings.NamedSource;
import io.clauderoutes.RequestOutcomes;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.function.IntFunction;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.IdempotentRepository;

/**
 * One route per {@code claude.sources.<name>}: their number is known only from the settings. A message is acknowledged when
 * its route ends well, that is when every sink has its answer, or when its dead-letter place has it.
 */
public final class SourceRoutes extends RouteBuilder {

    /** Sources start after every stage, and stop first. */
    private static final int FIRST_STARTUP_ORDER = 80;

    private final ClaudeSettings settings;
    private final IdempotentRepository answered;
    private final IntFunction<ExecutorService> workers;
    private final ClaudeMeters meters;

    public SourceRoutes(
            ClaudeSettings settings,
            IdempotentRepository answered,
            IntFunction<ExecutorService> workers,
            ClaudeMeters meters) {
        this.settings = settings;
        this.answered = answered;
        this.workers = workers;
        this.meters = meters;
    }

    @Override
    public void configure() {
        settings.batch().deadLetter().ifPresent(uri -> deadLetters("claude-dead-letters", "batch", uri));
        int order = FIRST_STARTUP_ORDER;
        for (String name : settings.sources().keySet().stream().sorted().toList()) {
            source(name, settings.sources().get(name), order++);
        }
    }

    /** Where prompts of batches go that are not answered, long after their route has ended. */
    private void deadLetters(String id, String source, String uri) {
        from("direct:" + id)
                .routeId(id)
                .streamCache("false")
                .errorHandler(noErrorHandler())
                .description("Prompts of batches of " + source + " that were not answered")
                .process(new DeadLetter(source, uri))
                .id(id + "-write");
    }

    private void source(String name, NamedSource source, int order) {
        List<String> sinks = source.sinks().isEmpty() ? settings.fanOut().sinks() : source.sinks();
        String id = "claude-source-" + name;
        RouteDefinition route =
                from(source.uri()).routeId(id).startupOrder(order).streamCache("false");
        route.description("Prompts from claude.sources." + name);
        source.deadLetter().ifPresent(uri -> route.onException(Exception.class)
                .onWhen(exchange -> !exchange.getContext().isStopping())
                .handled(true)
                .process(new DeadLetter(name, uri))
                .id(id + "-dead-letter"));
        // Its end is in the log already.
        route.onException(Exception.class)
                .onWhen(RequestOutcomes::isLogged)
                .logExhausted(false)
                .id(id + "-logged");
        ProcessorDefinition<?> steps = route.process(new SourceMessage(
                        source, sinks, Set.copyOf(settings.source().headers())))
                .id(id + "-allow-list");
        if (source.workers() > 0) {
            steps = steps.threads()
                    .executorService(workers.apply(source.workers()))
                    .callerRunsWhenRejected(true)
                    .id(id + "-workers");
        }
        String stages = source.batch() ? "direct:claude-batch" : "direct:claude";
        if (source.batch()) {
            source.deadLetter().ifPresent(uri -> deadLetters("claude-dead-letters-" + name, name, uri));
        }
        if (source.idempotent()) {
            AnsweredBefore before = new AnsweredBefore(name, answered, meters);
            steps.choice()
                    .id(id + "-answered-before")
                    .when(before)
                    .stop()
                    .id(id + "-skip")
                    .otherwise()
                    .to(stages)
                    .id(id + "-ask")
                    .process(before)
                    .id(id + "-answered")
                    .end();
        } else {
            steps.to(stages).id(id + "-ask");
        }
    }
}
