package io.clauderoutes.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.BudgetSettings;
import io.clauderoutes.settings.LedgerSettings;
import io.clauderoutes.settings.LedgerStoreSettings;
import io.clauderoutes.settings.SpendingPeriod;
import io.clauderoutes.support.TestThreads;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prices that change while calls begin. */
class LivePricesTest {

    private static final int CALLS = 20_000;
    private static final String FREE = "claude-sonnet-5-5,2020-01-01,0,0,0,0,0,0,100,0,50,0\n";
    private static final String MESSAGE = """
            {"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-5-5","content":[{"type":"text","text":"Deep."}],
            "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":5}}""";
    private static final String DEAR = "claude-sonnet-5-5,2020-01-01,0,1000000,1000000,1,2,1,100,0,50,0.01\n";

    @TempDir
    private Path home;

    private final MessageJson json = new MessageJson();
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(4);

    @AfterEach
    void close() {
        threads.shutdownNow();
    }

    private Ledger ledger(Map<String, BudgetSettings> budgets) {
        return new Ledger(
                home,
                new LedgerSettings(
                        true,
                        new LedgerStoreSettings("", "", ""),
                        new LedgerSettings.Writing(false, false, Optional.empty()),
                        Optional.empty(),
                        Duration.ZERO,
                        Optional.empty(),
                        Optional.empty()),
                budgets,
                json,
                "run",
                new ClaudeMeters(new SimpleMeterRegistry(), () -> 0),
                new BundleRuntime(
                        Clock.systemUTC(),
                        () -> 0,
                        pause -> true,
                        ThreadLocalRandom::current,
                        new TestThreads(threads)));
    }

    private Request request() {
        return new Request(
                new Prompt(
                        "prompt-1",
                        json.request("How deep is the sea?", "", "claude-sonnet-5-5", 1000, true),
                        new Prompt.Options(
                                "acme", Optional.empty(), Prompt.Strategy.STREAM, Prompt.CacheUse.USE, List.of(), ""),
                        Map.of()),
                0,
                "direct");
    }

    private List<StreamEvent> reply() {
        return json.events(MESSAGE.getBytes(UTF_8));
    }

    @Test
    void a_call_is_charged_by_the_prices_by_which_its_cost_was_reserved() throws Exception {
        Map<String, BudgetSettings> budgets = Map.of("acme", new BudgetSettings(5_000_000, SpendingPeriod.DAY));
        try (Ledger ledger = ledger(budgets)) {
            Runnable free = ledger.prepare(Optional.of(Files.writeString(home.resolve("free.csv"), FREE)), budgets);
            Runnable dear = ledger.prepare(Optional.of(Files.writeString(home.resolve("dear.csv"), DEAR)), budgets);
            free.run();
            AtomicBoolean over = new AtomicBoolean();
            Future<?> changes = threads.submit(() -> {
                while (!over.get()) {
                    dear.run();
                    free.run();
                }
            });
            int made = 0;
            for (int i = 0; i < CALLS; i++) {
                try {
                    CallRecorder.Entry call = ledger.open(request(), "primary");
                    reply().forEach(call::saw);
                    call.ended();
                    made++;
                    assertThat(call.costMicroUsd()).isEqualTo(OptionalLong.of(0));
                } catch (ClaudeException.OverBudget dearNow) {
                    // the call would cost more than the budget
                }
            }
            over.set(true);
            changes.get();

            assertThat(made).isPositive();
        }
    }
}
