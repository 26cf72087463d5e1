package io.clauderoutes.ledger;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.ChildJvm;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A process that asks without end, each prompt with a name of its own, until it is killed. */
final class CrashChild {

    private static final int CALLERS = 16;

    private CrashChild() {}

    /**
     * Begins to ask.
     *
     * @param args the API's URL, the folder of the ledger, a name for the round, the ledger's URL if it is not in that folder,
     *     and whether calls wait for the disk
     */
    public static void main(String... args) {
        ChildJvm.endWithTheTest();
        Bundle bundle = Bundle.callingUrl(args[0])
                .with("claude.ledger.enabled", "true")
                .with("claude.cache.enabled", "false")
                .with("claude.call.max-attempts", "1")
                .with("claude.endpoints.*.breaker-failure-percent", "100")
                .with("claude.data", args[1])
                .with("claude.ledger.url", args[3])
                .with("claude.ledger.fsync.enabled", args[4]);
        bundle.context();
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        for (int caller = 0; caller < CALLERS; caller++) {
            String name = args[2] + "-" + caller + "-";
            callers.execute(() -> {
                for (int i = 0; ; i++) {
                    bundle.send(
                            "say exactly: call " + name + i + " ends here", Map.of(ClaudeHeaders.SESSION, name + i));
                }
            });
        }
    }
}
