package io.clauderoutes.call;

import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The connections that calls are made over. */
@Timeout(120)
class ConnectionsTest {

    private static final String PROMPT = "How deep is the sea?";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude);

    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void nothing_stays_silent() {
        released.countDown();
    }

    @Nested
    class When_a_kept_connection_has_gone_stale {

        @Test
        void the_next_call_takes_a_fresh_one_and_nobody_notices() {
            claude.next(says("One.").hangUpAfter(), says("Two."));
            bundle.ask(PROMPT);
            Bundle.until(() -> claude.connections() == 0);

            String answer = bundle.ask(PROMPT);

            assertThat(answer).isEqualTo("Two.");
        }
    }

    @Nested
    class When_connections_run_short {

        @Test
        void as_many_calls_as_the_throttle_lets_in_have_one_each() {
            bundle.with("claude.throttle.in-flight", "150");
            claude.always(stream().start().text("Very deep.").waitFor(released).stop());

            List<Future<String>> asking = IntStream.range(0, 150)
                    .mapToObj(number -> bundle.asking(PROMPT + number))
                    .toList();

            Bundle.until(() -> claude.requests().size() == 150);
            released.countDown();
            assertThat(asking)
                    .allSatisfy(one -> assertThat(one.get(60, TimeUnit.SECONDS)).isEqualTo("Very deep."));
        }

        @Test
        void a_call_without_one_is_told_which_setting_would_have_given_it_one() {
            bundle.with("claude.endpoints.primary.connections", "1")
                    .with("claude.endpoints.primary.connect-timeout", "300ms")
                    .with("claude.call.max-attempts", "1");
            claude.next(stream().start().text("Very deep.").waitFor(released).stop());
            Future<String> first = bundle.asking(PROMPT);
            Bundle.until(() -> claude.requests().size() == 1);

            ClaudeException failure = bundle.failure("And the lake?");

            assertThat(failure)
                    .isInstanceOf(ClaudeException.RateLimited.class)
                    .hasMessageContaining("claude.endpoints.primary.connections");
            released.countDown();
            assertThat(first).succeedsWithin(Duration.ofSeconds(60));
        }

        @Test
        void the_endpoint_is_not_blamed() {
            bundle.with("claude.endpoints.primary.connections", "1")
                    .with("claude.endpoints.primary.connect-timeout", "100ms")
                    .with("claude.endpoints.primary.breaker-min-calls", "1")
                    .with("claude.endpoints.primary.breaker-window", "1")
                    .with("claude.call.max-attempts", "1");
            claude.next(stream().start().text("Very deep.").waitFor(released).stop(), says("Deep enough."));
            Future<String> first = bundle.asking(PROMPT);
            Bundle.until(() -> claude.requests().size() == 1);
            bundle.failure("And the lake?");
            released.countDown();
            assertThat(first).succeedsWithin(Duration.ofSeconds(60));

            String answer = bundle.ask("And the lake?");

            assertThat(answer).isEqualTo("Deep enough.");
        }
    }
}
