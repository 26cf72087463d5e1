package io.clauderoutes.bundle;

import io.clauderoutes.console.ConsoleAccess;
import io.clauderoutes.console.ConsolePages;
import io.clauderoutes.console.ConsolePart;
import io.clauderoutes.console.NowFeed;
import io.clauderoutes.console.NowParts;
import io.clauderoutes.console.NowState;
import io.clauderoutes.console.StaticFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

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

    /** Adds a part. */
    ConsoleWiring add(ConsolePart part) {
        parts.add(part);
        return this;
    }

    /** Binds the pages. */
    void bind() {
        wiring.bind(
                "claudeConsole",
                new ConsolePages(new ConsoleAccess(wiring.settings().console()), parts));
    }
}
