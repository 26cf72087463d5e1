package io.clauderoutes.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.BatchRecorder;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.LedgerSettings;
import io.clauderoutes.settings.LedgerStoreSettings;
import io.clauderoutes.support.TestThreads;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which attempts have no last row yet. */
class OpenAttemptsTest {

    @TempDir
    private Path data;

    private final MessageJson json = new MessageJson();
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(3);
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private Ledger ledger;

    @BeforeEach
    void open() {
        ledger = new Ledger(
                data,
                new LedgerSettings(
                        true,
                        new LedgerStoreSettings("", "", ""),
                        new LedgerSettings.Writing(true, false, Optional.empty()),
                        Optional.empty(),
                        Duration.ZERO,
                        Optional.empty(),
                        Optional.empty()),
                Map.of(),
                new MessageJson(),
                "run",
                new ClaudeMeters(registry, () -> 0),
                new BundleRuntime(
                        Clock.systemUTC(),
                        () -> 0,
                        pause -> true,
                        ThreadLocalRandom::current,
                        new TestThreads(threads)));
    }

    @AfterEach
    void close() {
        ledger.close();
        threads.shutdownNow();
    }

    private Request request() {
        return new Request(
                new Prompt(
                        "prompt-1",
                        json.request("How deep is the sea?", "", "claude-sonnet-5-5", 1000, true),
                        new Prompt.Options(
                                "default",
                                Optional.empty(),
                                Prompt.Strategy.STREAM,
                                Prompt.CacheUse.USE,
                                List.of(),
                                ""),
                        Map.of()),
                0,
                "direct");
    }

    private double openAttempts() {
        return registry.get("claude.ledger.open").gauge().value();
    }

    @Test
    void a_call_stays_open_when_an_item_of_a_batch_with_its_number_ends() {
        CallRecorder.Entry call = ledger.open(request(), "primary");
        BatchRecorder.Item item = new BatchRecorder.Item("book", 1, 0, 1, 10, request(), "primary");
        ledger.open(List.of(item));

        ledger.entry(item).failed(refusal(), true);
        ledger.awaitStored();
        assertThat(openAttempts()).isEqualTo(1);

        call.failed(refusal(), true);
        ledger.awaitStored();
        assertThat(openAttempts()).isZero();
    }

    private static ClaudeException refusal() {
        return new ClaudeException.Unavailable(ApiError.ours(503, "api_error", "nobody is there"));
    }
}
