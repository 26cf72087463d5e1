package io.clauderoutes.bundle;

import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.server.HttpServerExtension;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.OptionalLibrary;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Predicate;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the wiring classes of all areas work with: the context, the settings and the runtime, and the lists of what is closed at the
 * end, what runs at the start and at the stop, and what takes changed settings.
 */
final class Wiring implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);

    private final CamelContext context;
    private final ClaudeSettings settings;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final List<LiveSettings.Part> live = new ArrayList<>();
    private final List<Runnable> onStarted = new ArrayList<>();
    private final List<Runnable> onStopping = new ArrayList<>();
    private final BundleRuntime runtime;

    Wiring(CamelContext context, ClaudeSettings settings) {
        this.context = context;
        this.settings = settings;
        this.runtime = SystemRuntime.of(this::closing);
    }

    CamelContext context() {
        return context;
    }

    ClaudeSettings settings() {
        return settings;
    }

    BundleRuntime runtime() {
        return runtime;
    }

    void bind(String name, Object bean) {
        context.getRegistry().bind(name, bean);
    }

    /** Binds a page of the management server, if there can be one. */
    void page(String name, Supplier<HttpServerExtension> page) {
        if (OptionalLibrary.HTTP_SERVER.isPresent()) {
            bind(name, page.get());
        }
    }

    /** Binds a step of a route. Unlike the method of a bean, Camel calls it without a search. */
    void step(String name, Processor step) {
        bind(name, step);
    }

    /** Binds the condition of a step. */
    void condition(String name, Predicate condition) {
        bind(name, condition);
    }

    /** Closes this at the end, after everything that is added later. */
    <T extends AutoCloseable> T closing(T part) {
        open.push(part);
        return part;
    }

    /** Adds a part whose settings change while the bundle runs. */
    void live(LiveSettings.Part part) {
        live.add(part);
    }

    List<LiveSettings.Part> live() {
        return live;
    }

    void onStarted(Runnable action) {
        onStarted.add(action);
    }

    void onStopping(Runnable action) {
        onStopping.add(action);
    }

    void started() {
        onStarted.forEach(Runnable::run);
    }

    void stopping() {
        onStopping.forEach(Runnable::run);
    }

    /** Repeats work on a thread of its own, each time so long after the last. */
    void every(long millis, long firstMillis, String thread, Runnable work) {
        ScheduledExecutorService single = runtime.threads().single(thread);
        Future<?> rounds = single.scheduleWithFixedDelay(work, firstMillis, millis, TimeUnit.MILLISECONDS);
        closing(() -> rounds.cancel(false));
    }

    /** The same, but only while the context runs. */
    void everyWhileStarted(long millis, String thread, Runnable work) {
        every(millis, millis, thread, () -> {
            if (context.getStatus().isStarted()) {
                work.run();
            }
        });
    }

    /** The value of a property of Camel. */
    String property(String name, String otherwise) {
        return context.resolvePropertyPlaceholders("{{" + name + ":" + otherwise + "}}");
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception failure) {
                LOG.warn("A part of the bundle could not be closed: {}", failure.toString());
            }
        }
    }
}
