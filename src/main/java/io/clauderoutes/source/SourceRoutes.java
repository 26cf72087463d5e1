package io.clauderoutes.source;

import io.clauderoutes.concurrent.SleepFunction;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.NamedSourceSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.function.IntFunction;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.file.FileEndpoint;
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
    private final SourceGates gates;
    private final SourceFiles files;
    private final SleepFunction sleeper;
    private final ClaudeMeters meters;

    /** @param workers makes a pool of so many threads */
    public SourceRoutes(
            ClaudeSettings settings,
            IdempotentRepository answered,
            IntFunction<ExecutorService> workers,
            SourceGates gates,
            SourceFiles files,
            SleepFunction sleeper,
            ClaudeMeters meters) {
        this.settings = settings;
        this.gates = gates;
        this.files = files;
        this.sleeper = sleeper;
        this.answered = answered;
        this.workers = workers;
        this.meters = meters;
    }

    @Override
    public void configure() {
        settings.upstream()
                .batch()
                .retry()
                .deadLetter()
                .ifPresent(uri -> deadLetters("claude-dead-letters", "batch", uri));
        int order = FIRST_STARTUP_ORDER;
        for (String name :
                settings.prompts().sources().keySet().stream().sorted().toList()) {
            source(name, settings.prompts().sources().get(name), order++);
        }
    }

    private Optional<String> schema(NamedSourceSettings source) {
        return source.reply().outputSchema().map(schema -> {
            try {
                return ResourceText.of(schema, getContext());
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        });
    }

    /** Where prompts of batches go that are not answered, long after their route has ended. */
    private void deadLetters(String id, String source, String uri) {
        from("direct:" + id)
                .routeId(id)
                .streamCache("false")
                .errorHandler(noErrorHandler())
                .description("Prompts of batches of " + source + " that were not answered")
                .process(new DeadLetter(source, uri, new FailedMessages(source, files, sleeper), meters))
                .id(id + "-write");
    }

    private void source(String name, NamedSourceSettings source, int order) {
        List<String> sinks = source.reply().sinks().isEmpty()
                ? settings.delivery().fanOut().sinks()
                : source.reply().sinks();
        String id = "claude-source-" + name;
        readsFilesOnce(source.uri());
        int threads = new Acknowledgement(getContext()).prepare(source);
        RouteDefinition route =
                from(source.uri()).routeId(id).startupOrder(order).streamCache("false");
        route.description("Prompts from claude.sources." + name);
        FailedMessages failed = new FailedMessages(name, files, sleeper);
        onFailure(route, name, source, failed);
        ProcessorDefinition<?> steps = route.process(new SourceMessage(
                        source, sinks, Set.copyOf(settings.prompts().source().headers()), schema(source)))
                .id(id + "-allow-list");
        if (threads > 0) {
            steps = steps.threads()
                    .executorService(workers.apply(threads))
                    .callerRunsWhenRejected(true)
                    .id(id + "-workers");
        }
        if (source.intake().batch()) {
            source.intake().deadLetter().ifPresent(uri -> deadLetters("claude-dead-letters-" + name, name, uri));
        }
        steps = steps.process(failed::check)
                .id(id + "-failed-before")
                .process(new BufferedBody(settings.prompts().source().maxBytes()))
                .id(id + "-read");
        Redelivery redelivery = gates.redelivery(name, source, sinks, canPutBack(source.uri()));
        if (source.intake().idempotent()) {
            AnsweredBefore before = new AnsweredBefore(name, answered, meters);
            ProcessorDefinition<?> asked = steps.choice()
                    .id(id + "-answered-before")
                    .when(before)
                    .stop()
                    .id(id + "-skip")
                    .otherwise();
            ask(asked, id, source, redelivery).process(before).id(id + "-answered");
        } else {
            ask(steps, id, source, redelivery);
        }
    }

    /** Sends a message to the stages, again and again while a dependency is down. */
    private static ProcessorDefinition<?> ask(
            ProcessorDefinition<?> steps, String id, NamedSourceSettings source, Redelivery redelivery) {
        return steps.process(redelivery::begin)
                .id(id + "-begin")
                .loopDoWhile(redelivery::isDue)
                .id(id + "-redelivery")
                .process(redelivery::enter)
                .id(id + "-gate")
                .doTry()
                .id(id + "-try")
                .to(source.intake().batch() ? "direct:claude-batch" : "direct:claude")
                .id(id + "-ask")
                .process(redelivery::succeeded)
                .id(id + "-succeeded")
                .doCatch(Exception.class)
                .process(redelivery::failed)
                .id(id + "-failed")
                .end()
                .end();
    }

    /** A file that fails stays in its folder, and the other files of the folder come before it comes again. */
    private boolean canPutBack(String uri) {
        return getContext().getEndpoint(uri) instanceof FileEndpoint folder && folder.getMoveFailed() == null;
    }

    private void onFailure(RouteDefinition route, String name, NamedSourceSettings source, FailedMessages failed) {
        String id = "claude-source-" + name;
        route.onException(Redelivery.PutBack.class).logExhausted(false);
        if (source.intake().deadLetter().isPresent()) {
            route.onException(Exception.class)
                    .onWhen(exchange -> !gates.isStopping())
                    .handled(true)
                    .process(new DeadLetter(name, source.intake().deadLetter().get(), failed, meters))
                    .id(id + "-dead-letter");
        } else {
            route.onException(Exception.class)
                    .onWhen(exchange -> !gates.isStopping())
                    .logExhausted(false)
                    .process(failed::remember)
                    .id(id + "-remember");
        }
        route.onException(Exception.class)
                .onWhen(exchange -> gates.isStopping())
                .logExhausted(false);
    }

    /** A folder without a filter of its own gets ours: no links, and no file that failed and stays. */
    private void readsFilesOnce(String uri) {
        if (getContext().getEndpoint(uri) instanceof FileEndpoint folder) {
            if (folder.getFilter() == null) {
                folder.setFilter(files);
            }
            if (folder.getOnCompletionExceptionHandler() == null) {
                folder.setOnCompletionExceptionHandler(files);
            }
        }
    }
}
