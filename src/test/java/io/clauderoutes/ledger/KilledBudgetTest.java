package io.clauderoutes.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ledger.price.PriceTable;
import io.clauderoutes.ledger.report.UnknownCalls;
import io.clauderoutes.ledger.report.UsageReport;
import io.clauderoutes.ledger.row.Hour;
import io.clauderoutes.ledger.row.UnknownCall;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.ledger.store.LedgerFile;
import io.clauderoutes.ledger.store.LedgerStore;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.ChildJvm;
import io.clauderoutes.support.Patience;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed while a call of a tenant with a budget is under way. */
@Timeout(120)
class KilledBudgetTest {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final long BUDGET = 1_000_000;

    @TempDir
    private Path data;

    @Test
    void keeps_what_was_reserved_until_the_call_is_reconciled() throws Exception {
        try (Simulator simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC())) {
            simulator.next(new Fault.StallBeforeHeaders(Fault.FOREVER));
            try (ChildJvm child = ChildJvm.start(
                    Child.class, data.resolve("child.log"), simulator.url().toString(), data.toString())) {
                Patience.until(() -> !simulator.requests().isEmpty(), LONG, child::trouble);
            }

            long held;
            try (Bundle bundle = bundle(simulator.url().toString(), data)) {
                bundle.context();
                Patience.until(() -> left(bundle) < BUDGET, LONG, () -> "nothing is held");
                held = BUDGET - left(bundle);
            }
            assertThat(new BookRows(data).of("SELECT state, reserved_micro_usd FROM attempt"))
                    .containsExactly("UNKNOWN " + held);

            reconciled();

            try (Bundle bundle = bundle(simulator.url().toString(), data)) {
                assertThat(bundle.ask("say exactly: Pong.", Map.of(ClaudeHeaders.TENANT, "acme")))
                        .isEqualTo("Pong.");
                Patience.until(
                        () -> left(bundle) > BUDGET - held && left(bundle) < BUDGET,
                        LONG,
                        () -> "left " + left(bundle));
            }
        }
    }

    /** The same as a reconciliation hours later whose report has no usage. */
    private void reconciled() throws Exception {
        LedgerFile file = new LedgerFile(data.resolve(Ledger.FILE));
        Instant now = Instant.now();
        List<UnknownCall> unknown =
                new UsageReport(file).unknown("primary", now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(1)));
        long later = Hour.of(now.plus(Duration.ofHours(4)));
        try (LedgerStore store = new LedgerStore(file)) {
            store.learn(
                    new UnknownCalls(Map.of(), Map.of(), later, 0, PriceTable.packaged()).outcomes(unknown),
                    now.toEpochMilli());
        }
    }

    private static long left(Bundle bundle) {
        return Math.round(bundle.meter("claude.budget.left", "tenant", "acme") * BUDGET);
    }

    static Bundle bundle(String url, Path data) {
        return Bundle.callingUrl(url)
                .with("claude.ledger.enabled", "true")
                .with("claude.cache.enabled", "false")
                .with("claude.data", data.toString())
                .with("claude.budgets.acme.usd", "1")
                .with("claude.budgets.acme.period", "month");
    }

    /** Asks once, and waits for an answer that never comes. */
    static final class Child {

        private Child() {}

        public static void main(String... args) {
            ChildJvm.endWithTheTest();
            bundle(args[0], Path.of(args[1])).send("Write 300 words", Map.of(ClaudeHeaders.TENANT, "acme"));
        }
    }
}
