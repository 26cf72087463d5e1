package io.clauderoutes.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.LedgerSettings;
import io.clauderoutes.settings.LedgerStoreSettings;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.TestThreads;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
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

/** The ledger keeps rows, and not the calls and replies that they tell of. */
class LedgerMemoryTest {

    @TempDir
    private Path data;

    private final MessageJson json = new MessageJson();
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(3);
    private Ledger ledger;

    /** Its clock stands still, so that what is to be written in a second never is. */
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
                new ClaudeMeters(new SimpleMeterRegistry(), () -> 0),
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

    private WeakReference<CallRecorder.Entry> called(String reply) {
        Prompt prompt = new Prompt(
                "prompt-1",
                json.request("How deep is the sea?", "", "claude-sonnet-5-5", 1000, true),
                new Prompt.Options(
                        "default", Optional.empty(), Prompt.Strategy.STREAM, Prompt.CacheUse.USE, List.of(), ""),
                Map.of());
        CallRecorder.Entry entry = ledger.open(new Request(prompt, 0, "direct"), "primary");
        entry.started();
        json.events(reply.getBytes(UTF_8)).forEach(entry::saw);
        entry.ended();
        return new WeakReference<>(entry);
    }

    @Test
    void a_call_that_is_over_is_let_go_at_once() {
        WeakReference<CallRecorder.Entry> call = called("""
                {"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-5-5",
                 "content":[{"type":"text","text":"Very deep."}],"stop_reason":"end_turn",
                 "usage":{"input_tokens":12,"output_tokens":9}}""");

        Patience.until(
                () -> {
                    System.gc();
                    return call.get() == null;
                },
                Duration.ofMinutes(1),
                () -> "the call is kept");
    }
}
