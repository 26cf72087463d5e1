package io.clauderoutes.source;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.silence;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.settings.RedeliverySettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.throttle.Throttle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.Exchange;
import org.apache.camel.health.HealthCheck;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sources while what they depend on is down, and afterwards. */
@Timeout(120)
class OutageTest {

    private static final int PROMPTS = 40;

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude)
            .with("claude.call.max-attempts", "1")
            .with("claude.endpoints.*.probe-interval-out", "50ms")
            .with("claude.endpoints.*.breaker-open", "100ms")
            .with("claude.sources.*.redelivery-delay", "20ms")
            .with("claude.sources.*.redelivery-delay-max", "100ms")
            .with("claude.fan-out.redelivery-delay", "20ms")
            .with("claude.fan-out.redelivery-delay-max", "100ms");

    @TempDir
    Path folder;

    private Path inbox;
    private Path dead;

    @BeforeEach
    void settings() throws IOException {
        inbox = Files.createDirectory(folder.resolve("in"));
        dead = folder.resolve("dead");
        bundle.with("claude.data", folder.resolve("data").toString())
                .with("claude.sources.sea.uri", "file:" + inbox + "?initialDelay=0&delay=20&move=.done")
                .with("claude.sources.sea.workers", "4")
                .with("claude.sources.sea.dead-letter", "file:" + dead)
                .with("claude.sources.sea.sinks", "files")
                .with("claude.sinks.files.uri", "file:" + folder.resolve("out"));
        for (int i = 0; i < PROMPTS; i++) {
            Files.writeString(inbox.resolve("prompt-" + i + ".txt"), "How deep is sea " + i + "?");
        }
    }

    private int files(Path path) {
        String[] names = path.toFile().list((in, name) -> name.endsWith(".txt"));
        return names == null ? 0 : names.length;
    }

    private HealthCheck.Result health() {
        return bundle.context()
                .getRegistry()
                .lookupByNameAndType("claudeHealth", HealthCheck.class)
                .call();
    }

    private boolean isPaused(String reason) {
        return bundle.meter("claude.source.paused", "source", "sea", "reason", reason) == 1;
    }

    @ParameterizedTest
    @CsvSource({
        "500, api_error, endpoint",
        "529, overloaded_error, endpoint",
        "429, rate_limit_error, limit",
        "401, authentication_error, credential"
    })
    void no_prompt_is_put_aside_while_calls_fail_and_all_are_answered_afterwards(int status, String type, String reason)
            throws Exception {
        claude.always(error(status, type));
        try (CapturedLog log = new CapturedLog("io.clauderoutes.source", Level.INFO)) {
            bundle.context();
            Bundle.until(() -> isPaused(reason));
            Bundle.until(() -> claude.requests().size() >= 6);

            assertThat(files(dead)).isZero();
            assertThat(files(inbox)).isEqualTo(PROMPTS);
            assertThat(String.valueOf(health().getDetails().get("source.sea"))).startsWith("paused since");
            claude.always(says("Deep."));
            Bundle.until(() -> files(folder.resolve("out")) == PROMPTS);
            Bundle.until(() -> !isPaused(reason));

            assertThat(files(dead)).isZero();
            assertThat(bundle.meter("claude.failures")).isZero();
            assertThat(log.lines())
                    .filteredOn(line -> line.startsWith("source sea is paused"))
                    .hasSize(1);
            assertThat(log.lines())
                    .filteredOn(line -> line.startsWith("source sea goes on"))
                    .hasSize(1);
        }
    }

    @Test
    void a_prompt_at_fault_is_put_aside_at_once_and_holds_up_no_other() {
        claude.whenPromptHas("sea 7?", error(400, "invalid_request_error"));
        claude.always(says("Deep."));

        bundle.context();

        Bundle.until(() -> files(folder.resolve("out")) == PROMPTS - 1);
        Bundle.until(() -> Files.exists(dead.resolve("prompt-7.txt")));
    }

    @Test
    void a_prompt_that_fails_while_others_are_answered_is_given_up_in_the_end() throws IOException {
        claude.whenPromptHas("sea 7?", error(500, "api_error"));
        claude.always(says("Deep."));
        bundle.with("claude.sources.sea.max-redeliveries", "2");

        bundle.context();
        Bundle.until(() -> claude.prompts().stream()
                        .filter(prompt -> prompt.contains("sea 7?"))
                        .count()
                > 2);
        Files.writeString(inbox.resolve("another.txt"), "How deep?");

        Bundle.until(() -> Files.exists(dead.resolve("prompt-7.txt")));
        Bundle.until(() -> files(folder.resolve("out")) == PROMPTS);
        assertThat(bundle.meter("claude.failures", "type", "api_error")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_prompt_that_always_fails_does_not_hold_up_a_source_that_works_alone(boolean deadLetters) {
        claude.whenPromptHas("sea 0?", error(500, "api_error"));
        claude.always(says("Deep."));
        bundle.with("claude.sources.sea.max-redeliveries", "2")
                .with("claude.sources.sea.workers", "0")
                .with(
                        "claude.sources.sea.uri",
                        "file:" + inbox + "?initialDelay=0&delay=20&move=.done&sortBy=file:name");
        if (!deadLetters) {
            bundle.with("claude.sources.sea.dead-letter", "");
        }

        bundle.context();

        Bundle.until(() -> files(folder.resolve("out")) == PROMPTS - 1);
        if (deadLetters) {
            Bundle.until(() -> Files.exists(dead.resolve("prompt-0.txt")));
        } else {
            Bundle.until(() -> bundle.meter("claude.failures", "type", "api_error") == 1);
            assertThat(inbox.resolve("prompt-0.txt")).exists();
        }
        assertThat(bundle.meter("claude.failures", "type", "api_error")).isEqualTo(1);
    }

    @Test
    void a_source_that_works_alone_puts_no_prompt_aside_in_an_outage() {
        claude.always(error(500, "api_error"));
        bundle.with("claude.sources.sea.max-redeliveries", "1")
                .with("claude.sources.sea.workers", "0")
                .with("claude.sources.sea.redelivery-delay-max", "20ms");

        bundle.context();
        Bundle.until(() -> claude.prompts().stream().distinct().count() > 1);

        assertThat(dead).doesNotExist();
        claude.always(says("Deep."));
        Bundle.until(() -> files(folder.resolve("out")) == PROMPTS);
        assertThat(dead).doesNotExist();
    }

    @Test
    void a_failing_sink_pauses_the_source_and_no_reply_is_paid_for_twice() {
        AtomicBoolean well = new AtomicBoolean();
        bundle.with("claude.sinks.files.uri", "mock:files").with("claude.sinks.files.attempts", "1");
        bundle.with("claude.sources.sea.redelivery-delay-max", "10s");
        // Before the mock, which starts the bundle: the first request must not come before its reply.
        claude.always(says("Deep."));
        bundle.mock("files").whenAnyExchangeReceived(exchange -> {
            if (!well.get()) {
                throw new IllegalStateException("the disk is full");
            }
        });

        Bundle.until(() -> isPaused("sink"));
        assertThat(claude.requests().size()).isLessThan(PROMPTS);
        assertThat(String.valueOf(health().getDetails().get("sink.files"))).contains("the disk is full");
        assertThat(String.valueOf(health().getDetails().get("source.sea"))).contains("the disk is full");
        well.set(true);

        Bundle.until(() -> files(inbox) == 0);
        Bundle.until(() -> bundle.meter("claude.undelivered.replies") == 0);
        assertThat(claude.requests()).hasSize(PROMPTS);
        assertThat(files(dead)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4})
    void without_dead_letters_a_prompt_at_fault_is_called_for_once(int workers) throws IOException {
        try (CapturedLog log = new CapturedLog("io.clauderoutes.source", Level.INFO)) {
            bundle.with("claude.sources.sea.dead-letter", "").with("claude.sources.sea.workers", "" + workers);
            claude.always(error(400, "invalid_request_error"));

            bundle.context();
            Bundle.until(() -> claude.requests().size() == PROMPTS);
            Files.writeString(inbox.resolve("last.txt"), "How deep?");
            Bundle.until(() -> claude.requests().size() == PROMPTS + 1);
            Files.writeString(inbox.resolve("really-last.txt"), "How deep?");
            Bundle.until(() -> claude.requests().size() == PROMPTS + 2);

            Bundle.until(() -> log.lines().stream()
                            .filter(line -> line.contains("claude.sources.sea.dead-letter is empty"))
                            .count()
                    == PROMPTS + 2);
            assertThat(files(inbox)).isEqualTo(PROMPTS + 2);
            assertThat(claude.requests()).hasSize(PROMPTS + 2);
        }
    }

    @Test
    void without_dead_letters_a_message_that_comes_again_is_not_called_for_again() {
        bundle.with("claude.sources.sea.uri", "direct:in").with("claude.sources.sea.dead-letter", "");
        claude.always(error(400, "invalid_request_error"));

        for (int i = 0; i < 2; i++) {
            bundle.sendTo("direct:in", "How deep?", Map.of("JMSMessageID", "ID:1"));
        }

        assertThat(claude.requests()).hasSize(1);
    }

    @Test
    void a_requester_that_waits_gets_the_failure_at_once() {
        bundle.with("claude.sources.sea.uri", "direct:in").with("claude.sources.sea.dead-letter", "");
        claude.always(error(500, "api_error"));

        assertThat(bundle.sendTo("direct:in", "How deep?", Map.of()).getException())
                .hasMessageContaining("500");
    }

    @Test
    void messages_that_wait_stay_with_their_source_from_the_first_moment_of_a_stop() {
        claude.always(error(500, "api_error"));
        bundle.context();
        Bundle.until(() -> isPaused("endpoint"));

        // The context itself does not stop yet: that is when a message was put aside.
        bean(SourceGates.class).stop();
        try (CapturedLog log = new CapturedLog("io.clauderoutes.source", Level.INFO)) {
            Bundle.until(() -> bundle.context().getInflightRepository().size("claude-source-sea") == 0);
            assertThat(log.lines()).noneMatch(line -> line.contains("Source sea") && line.contains("dead letters"));
        }

        assertThat(files(inbox)).isEqualTo(PROMPTS);
        assertThat(files(dead)).isZero();
    }

    @Test
    void an_interrupt_does_not_end_the_wait_of_a_message() throws Exception {
        SourceGate gate = new SourceGate(
                "sea",
                new RedeliverySettings(5, Duration.ofSeconds(1), Duration.ofSeconds(1)),
                () -> Optional.of(new Outage(Outage.Kind.ENDPOINT, "nothing answers")),
                Clock.systemUTC(),
                System::nanoTime,
                () -> 0);
        FutureTask<Boolean> waiting = new FutureTask<>(gate::enter);
        Thread thread = new Thread(waiting, "waiting");
        thread.start();
        Bundle.until(() -> thread.getState() == Thread.State.TIMED_WAITING);

        thread.interrupt();
        Bundle.until(() -> !thread.isInterrupted() && thread.getState() == Thread.State.TIMED_WAITING);

        assertThat(waiting).isNotDone();
        gate.stop();
        assertThatThrownBy(() -> waiting.get(60, TimeUnit.SECONDS))
                .hasCauseInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void a_prompt_that_ends_because_the_bundle_stops_is_no_pause_of_its_source() {
        SourceGate gate = new SourceGate(
                "stopped-sea",
                new RedeliverySettings(5, Duration.ofSeconds(1), Duration.ofSeconds(1)),
                Optional::empty,
                Clock.systemUTC(),
                System::nanoTime,
                () -> 0);
        try (CapturedLog log = new CapturedLog(SourceGate.class.getName(), Level.INFO)) {
            gate.stop();
            gate.failed(new Outage(Outage.Kind.ENDPOINT, "the bundle is stopping"), false);

            assertThat(log.lines()).noneMatch(line -> line.contains("stopped-sea"));
        }
    }

    @Test
    void a_request_that_waits_for_a_permit_is_refused_when_the_bundle_stops() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        claude.always(silence(released));
        bundle.with("claude.sources.sea.uri", "").with("claude.throttle.in-flight", "1");
        Future<Exchange> first = bundle.inBackground(() -> bundle.send("How deep?"));
        Bundle.until(() -> claude.requests().size() == 1);
        Future<Exchange> second = bundle.inBackground(() -> bundle.send("How wide?"));
        Bundle.until(() -> bundle.meter("claude.throttle.waiting") == 1);

        bean(Throttle.class).stop();

        assertThat(second.get(60, TimeUnit.SECONDS).getException()).hasMessageContaining("the bundle is stopping");
        released.countDown();
        first.get(60, TimeUnit.SECONDS);
        assertThat(claude.requests()).hasSize(1);
    }

    private <T> T bean(Class<T> type) {
        return bundle.context().getRegistry().findSingleByType(type);
    }
}
