package io.clauderoutes.bundle;

import io.clauderoutes.console.ConsoleAccess;
import io.clauderoutes.console.ConsolePages;
import io.clauderoutes.console.ConsolePart;
import io.clauderoutes.console.NowFeed;
import io.clauderoutes.console.NowParts;
import io.clauderoutes.console.NowState;
import io.clauderoutes.console.RoutesPage;
import io.clauderoutes.console.SettingsPage;
import io.clauderoutes.console.StaticFiles;
import io.clauderoutes.console.TryOptions;
import io.clauderoutes.console.TryParts;
import io.clauderoutes.console.TryRequests;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.request.PassThroughApi;
import io.clauderoutes.resume.RetainedReplies;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.SettingOrigins;
import io.clauderoutes.settings.SettingsSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.camel.Message;

/** The console of the management server. */
final class ConsoleWiring {

    private final Wiring wiring;
    private final List<ConsolePart> parts = new ArrayList<>();

    ConsoleWiring(Wiring wiring) {
        this.wiring = wiring;
        parts.add(new StaticFiles());
    }

    /** Adds the page of what happens now. */
    ConsoleWiring now(NowParts sources) {
        ScheduledExecutorService thread = wiring.runtime().threads().single("claude-console");
        NowFeed feed = new NowFeed(
                new NowState(sources),
                thread,
                Long.toString(wiring.runtime().clock().millis(), Character.MAX_RADIX));
        Future<?> rounds = thread.scheduleWithFixedDelay(
                feed::round, NowFeed.PERIOD_MILLIS, NowFeed.PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        wiring.closing(() -> rounds.cancel(false));
        return add(feed);
    }

    /** Adds the page of the running routes, and counts what passes them and their steps from now on. */
    ConsoleWiring routes(RouteReloads reloads) {
        RouteCounts counts =
                new RouteCounts(wiring.runtime().clock(), wiring.runtime().ticker());
        wiring.context().addRoutePolicyFactory(counts);
        StepCounts steps = new StepCounts();
        wiring.context().getCamelContextExtension().addInterceptStrategy(steps);
        RunningRoutes routes = new RunningRoutes(wiring.context(), counts, steps, reloads);
        return add(new RoutesPage(routes::told, routes::text));
    }

    /**
     * Adds the page of settings.
     *
     * @param effective settings in effect, by name
     */
    ConsoleWiring settings(Supplier<Map<String, String>> effective, SettingsState state) {
        boolean isWatched = StartSettings.isStandalone(wiring.context())
                && wiring.settings().operation().routes().settingsReload();
        SettingOrigins origins = new SettingOrigins(
                new SettingsSource(wiring.context(), System.getenv(), System.getProperties()).files(),
                System.getenv(),
                System.getProperties());
        return add(new SettingsPage(
                effective, origins::of, key -> isWatched && SettingsChange.isLive(key), state::details));
    }

    /** Adds the page that sends prompts. */
    ConsoleWiring tries(
            Function<Message, Prompt> prompts, RetainedReplies replies, PassThroughApi api, RequestWiring requests) {
        ClaudeSettings settings = wiring.settings();
        add(new TryRequests(new TryParts(
                prompts,
                new TryParts.Retention(replies, settings.delivery().fanOut().stopsWithCaller()),
                wiring.closing(wiring.context().createProducerTemplate()),
                wiring.runtime().threads().perTask("claude-console-try"),
                requests.json(),
                requests.tracing(),
                wiring.runtime())));
        boolean isServed = settings.servers().gateway().enabled()
                && wiring.property("camel.server.enabled", "false").equals("true");
        return add(new TryOptions(
                settings,
                api,
                isServed ? "http://127.0.0.1:" + wiring.property("camel.server.port", "8080") : "",
                wiring.runtime().ticker()));
    }

    /** Adds a part. */
    ConsoleWiring add(ConsolePart part) {
        parts.add(part);
        return this;
    }

    /** Binds the pages. */
    void bind() {
        wiring.bind(
                "claudeConsole",
                new ConsolePages(new ConsoleAccess(wiring.settings().servers().console()), parts));
    }
}
