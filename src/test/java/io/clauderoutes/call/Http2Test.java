package io.clauderoutes.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.call.endpoint.Failures;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Http2Claude;
import io.clauderoutes.support.TestCertificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls over HTTP/2 to a server of its own kind, in plain text and over TLS. */
@Timeout(120)
class Http2Test {

    private static final int STREAMS = 100;

    @TempDir
    private Path folder;

    private Http2Claude claude = Http2Claude.plain();
    private Bundle bundle = calling(claude);

    @AfterEach
    void all_is_closed() {
        bundle.close();
        claude.close();
    }

    private static Bundle calling(Http2Claude claude) {
        return Bundle.callingUrl(claude.url())
                .with("claude.endpoints.primary.http-version", "2")
                .with("claude.cache.enabled", "false")
                .with("claude.throttle.in-flight", "1000")
                .with("claude.fan-out.on-caller-gone", "stop");
    }

    private List<Future<String>> asking(int prompts) {
        List<Future<String>> asking = new ArrayList<>();
        for (int i = 0; i < prompts; i++) {
            asking.add(bundle.asking("How deep is sea " + i + "?"));
        }
        return asking;
    }

    @Test
    void an_answer_is_streamed_and_our_credential_shown() {
        assertThat(bundle.ask("How deep is the sea?")).isEqualTo("Very deep.");
        assertThat(claude.lastHeaders().get("x-api-key")).isEqualTo(Bundle.KEY);
        assertThat(claude.lastHeaders().get("content-type")).startsWith("application/json");
        assertThat(claude.isHttp2()).isTrue();
    }

    @Test
    void a_long_prompt_arrives_whole() {
        String prompt = "deep ".repeat(100_000);

        bundle.ask(prompt);

        assertThat(claude.lastBody()).contains(prompt);
    }

    @Test
    void a_hundred_streams_share_two_connections_at_most() throws Exception {
        claude.hold();
        List<Future<String>> asking = asking(STREAMS);
        Bundle.until(() -> claude.open() == STREAMS);
        claude.release();

        for (Future<String> one : asking) {
            assertThat(one.get(60, TimeUnit.SECONDS)).isEqualTo("Very deep.");
        }
        assertThat(claude.connections()).isLessThanOrEqualTo(2);
    }

    @Test
    void a_call_that_is_given_up_resets_its_stream_and_leaves_the_others_alone() throws Exception {
        bundle.with("claude.endpoints.primary.first-token-timeout", "6s").with("claude.call.max-attempts", "1");
        claude.hold();
        Future<ClaudeException> given = bundle.inBackground(() -> bundle.failure("How deep is the sea?"));
        Bundle.until(() -> claude.open() == 1);
        claude.holdNoMore();
        claude.trickle();
        Future<String> other = bundle.asking("And the lake?");
        assertThat(given.get(60, TimeUnit.SECONDS)).isInstanceOf(ClaudeException.TimedOut.class);
        Bundle.until(() -> claude.resets() == 1);
        claude.finish();

        assertThat(other.get(60, TimeUnit.SECONDS)).isEqualTo("Very deep.");
        assertThat(claude.connections()).isLessThanOrEqualTo(2);
    }

    @Test
    void an_answer_that_stops_in_its_midst_resets_its_stream() {
        bundle.with("claude.endpoints.primary.idle-timeout", "300ms");
        claude.stallAfterText();

        ClaudeException failure = bundle.failure("How deep is the sea?");

        assertThat(failure).isInstanceOf(ClaudeException.StreamBroken.class);
        Bundle.until(() -> claude.resets() == 1);
        assertThat(claude.connections()).isEqualTo(1);
    }

    @Test
    void the_deadline_of_a_request_ends_its_stream() {
        bundle.with("claude.call.deadline", "3s");
        claude.hold();

        ClaudeException failure = bundle.failure("How deep is the sea?");

        assertThat(failure).hasMessageContaining("claude.call.deadline");
        Bundle.until(() -> claude.resets() == 1);
    }

    @Test
    void a_refusal_is_told_as_the_api_says_it() {
        claude.refuse(529, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}");

        ClaudeException failure = bundle.failure("How deep is the sea?");

        assertThat(failure).isInstanceOf(ClaudeException.Overloaded.class);
    }

    @Test
    void a_broken_connection_fails_only_what_it_carried_and_that_is_made_good() throws Exception {
        bundle.with("claude.endpoints.*.breaker-window", "100").with("claude.endpoints.*.breaker-min-calls", "100");
        claude.hold();
        List<Future<String>> asking = asking(10);
        Bundle.until(() -> claude.open() == 10);
        claude.breakConnections();
        claude.release();

        for (Future<String> one : asking) {
            assertThat(one.get(60, TimeUnit.SECONDS)).isEqualTo("Very deep.");
        }
        assertThat(claude.connections()).as("two before and two after").isLessThanOrEqualTo(4);
    }

    @Test
    void what_a_server_says_goodbye_to_untaken_goes_out_again_and_is_no_second_call() throws Exception {
        bundle.with("claude.call.max-attempts", "1");
        claude.trickle();
        Future<String> taken = bundle.asking("And the lake?");
        Bundle.until(() -> claude.open() == 1);
        claude.trickleNoMore();
        claude.hold();
        List<Future<String>> untaken = asking(10);
        Bundle.until(() -> claude.open() == 11);
        claude.sayGoodbye();
        Bundle.until(() -> claude.asked() > 11);
        claude.release();
        claude.finish();

        for (Future<String> one : untaken) {
            assertThat(one.get(60, TimeUnit.SECONDS)).isEqualTo("Very deep.");
        }
        assertThat(taken.get(60, TimeUnit.SECONDS)).isEqualTo("Very deep.");
        assertThat(bundle.meter("claude.api.calls", "status", "200")).isEqualTo(11);
    }

    @Test
    void a_server_that_says_goodbye_to_everything_has_not_been_called() {
        bundle.with("claude.call.max-attempts", "1");
        claude.alwaysSayGoodbye();

        ClaudeException failure = bundle.failure("How deep is the sea?");

        assertThat(failure).isInstanceOf(ClaudeException.Unavailable.class);
        assertThat(Failures.mayHaveBeenSent(failure)).isFalse();
    }

    @Test
    void a_connection_is_replaced_when_its_time_is_over_and_its_streams_end_well() throws Exception {
        bundle.with("claude.endpoints.primary.connection-lifetime", "100ms");
        claude.hold();
        List<Future<String>> asking = asking(3);
        Bundle.until(() -> claude.open() == 3);
        claude.holdNoMore();
        Bundle.until(() -> {
            bundle.ask("And now?");
            return claude.connections() > 1;
        });
        claude.release();

        for (Future<String> one : asking) {
            assertThat(one.get(60, TimeUnit.SECONDS)).isEqualTo("Very deep.");
        }
        Bundle.until(() -> claude.connectionsOpen() <= 2);
    }

    @Nested
    class Over_tls {

        private TestCertificates own;

        @BeforeEach
        void keys_are_made() {
            own = TestCertificates.forThisMachine(folder);
        }

        private Bundle over(Http2Claude server) {
            claude.close();
            claude = server;
            bundle = calling(server);
            return bundle;
        }

        @Test
        void http_2_is_agreed_upon_with_a_private_authority() {
            over(Http2Claude.tls(own))
                    .with(
                            "claude.endpoints.primary.trusted-certificates",
                            own.pem().toString());

            assertThat(bundle.ask("How deep is the sea?")).isEqualTo("Very deep.");
            assertThat(claude.isHttp2()).isTrue();
        }

        @Test
        void http_1_1_works_with_a_private_authority_too() {
            over(Http2Claude.tls(own))
                    .with("claude.endpoints.primary.http-version", "1.1")
                    .with(
                            "claude.endpoints.primary.trusted-certificates",
                            own.pem().toString());

            assertThat(bundle.ask("How deep is the sea?")).isEqualTo("Very deep.");
            assertThat(claude.isHttp2()).isFalse();
        }

        @Test
        void a_certificate_that_nobody_vouches_for_is_refused() {
            over(Http2Claude.tls(own)).with("claude.call.max-attempts", "1");

            ClaudeException failure = bundle.failure("How deep is the sea?");

            assertThat(failure)
                    .isInstanceOf(ClaudeException.Unavailable.class)
                    .hasMessageContaining("no secure connection to endpoint primary");
        }

        @Test
        void a_file_without_certificates_stops_the_start_and_names_the_setting() throws Exception {
            Path empty = Files.write(folder.resolve("empty.pem"), "nothing".getBytes(UTF_8));
            over(Http2Claude.tls(own)).with("claude.endpoints.primary.trusted-certificates", empty.toString());

            assertThat(bundle.refusal()).hasStackTraceContaining("claude.endpoints.primary.trusted-certificates");
        }
    }
}
