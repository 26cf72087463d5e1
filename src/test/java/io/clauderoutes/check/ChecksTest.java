package io.clauderoutes.check;

import static io.clauderoutes.support.StubReply.asks;
import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Replies that have to pass checks. */
class ChecksTest {

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.redact.enabled", "false")
            .with("claude.checks.polite.forbidden-pattern", "(?i)\\bdamn\\b")
            .with("claude.checks.answer.required-pattern", "4[0-9]")
            .with("claude.checks.short.max-length", "20")
            .with("claude.checks.long.min-length", "5")
            .with("claude.checks.json.schema", "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}}}")
            .with("claude.checks.guard.uri", "direct:guard");

    @TempDir
    private Path data;

    private final List<String> guarded = new CopyOnWriteArrayList<>();

    private static Map<String, Object> checks(String names) {
        return Map.of(ClaudeHeaders.CHECKS, names);
    }

    private ClaudeException.CheckFailed failed(String names, StubReply reply) {
        claude.next(reply);
        ClaudeException failure = bundle.failure("How?", checks(names));
        assertThat(failure).isInstanceOf(ClaudeException.CheckFailed.class);
        return (ClaudeException.CheckFailed) failure;
    }

    private void guard(Processor processor) throws Exception {
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:guard")
                        .process(exchange -> guarded.add(exchange.getMessage().getBody(String.class)))
                        .process(processor);
            }
        });
    }

    @Nested
    class A_reply {

        @Test
        void that_passes_is_handed_on_with_the_names_of_its_checks() {
            claude.next(says("It is ", "42."));

            Exchange sent = bundle.send("How?", checks("polite,answer"));

            assertThat(sent.getMessage().getBody()).isEqualTo("It is 42.");
            assertThat(sent.getMessage().getHeader(ClaudeHeaders.CHECK)).isEqualTo("polite,answer");
            assertThat(bundle.meter("claude.check", "check", "polite", "result", "passed"))
                    .isEqualTo(1);
        }

        @Test
        void names_no_checks_of_an_earlier_reply() {
            claude.next(says("Fine."));

            Exchange sent = bundle.send("How?", Map.of(ClaudeHeaders.CHECKS, "short", ClaudeHeaders.CHECK, "polite"));

            assertThat(sent.getMessage().getHeader(ClaudeHeaders.CHECK)).isEqualTo("short");
        }

        @Test
        void that_fails_early_counts_the_tokens_that_it_saves() {
            failed("polite", says("Well, da", "mn that."));

            assertThat(bundle.meter("claude.check.saved.tokens", "check", "polite"))
                    .isPositive();
        }

        @Test
        void that_fails_at_its_end_saves_nothing() {
            failed("answer", says("It is 7."));

            assertThat(bundle.meter("claude.check.saved.tokens", "check", "answer"))
                    .isZero();
        }

        @Test
        void that_fails_names_the_check_and_the_reason_and_has_the_text_that_was_handed_on() {
            ClaudeException.CheckFailed failure = failed("polite", says("Well, da", "mn that."));

            assertThat(failure.check()).isEqualTo("polite");
            assertThat(failure.partialText()).isEqualTo("Well, ");
            assertThat(failure.status()).isEqualTo(422);
            assertThat(failure.type()).isEqualTo("check_failed");
            assertThat(failure)
                    .hasMessageContaining("claude.checks.polite: it holds what forbidden-pattern describes")
                    .hasMessageNotContaining("damn");
            assertThat(bundle.meter("claude.check", "check", "polite", "result", "failed"))
                    .isEqualTo(1);
        }

        @Test
        void that_is_not_a_stream_is_checked_in_the_same_way() {
            assertThat(failed("polite", message("Well, damn that.")).partialText())
                    .isEqualTo("Well, ");
            claude.next(message("Well."));
            assertThat(bundle.ask("How?", checks("polite"))).isEqualTo("Well.");
        }

        @Test
        void fails_by_its_length() {
            assertThat(failed("short", says("It is much longer", " than that.")).partialText())
                    .isEqualTo("It is much longer th");
            assertThat(failed("long", says("It.")).partialText()).isEmpty();
        }

        @Test
        void fails_by_a_pattern_that_it_does_not_hold() {
            assertThat(failed("answer", says("It is", " 7.")).partialText()).isEmpty();
        }

        @Test
        void fails_by_its_schema_before_it_has_ended() {
            assertThat(failed(
                                    "json",
                                    stream()
                                            .start()
                                            .text("{\"a\":")
                                            .text("\"x\"")
                                            .hangUpAfter())
                            .reason())
                    .contains("type at #/properties/a");
        }

        @Test
        void with_a_text_before_a_call_of_a_tool_is_not_judged_by_it() {
            claude.next(asks("I look.", "toolu_1 find {}"));

            Exchange sent = bundle.send("""
                    {"max_tokens":50,"messages":[{"role":"user","content":"How?"}],
                     "tools":[{"name":"find","input_schema":{"type":"object"}}]}""", checks("json,answer"));

            assertThat(sent.getException()).isNull();
            assertThat(sent.getMessage().getHeader(ClaudeHeaders.CHECK)).isNull();
        }

        @Test
        void that_fails_is_not_cached_and_not_asked_for_again() {
            failed("polite", says("damn"));
            claude.next(says("Fine."));

            assertThat(bundle.ask("How?", checks("polite"))).isEqualTo("Fine.");
            assertThat(bundle.ask("How?", checks("polite"))).isEqualTo("Fine.");
            assertThat(claude.requests()).hasSize(2);
        }

        @Test
        void of_the_cache_is_checked_by_the_checks_of_its_own_request() {
            claude.next(says("damn"));
            assertThat(bundle.ask("How?")).isEqualTo("damn");

            failed("polite", says("damn"));
        }
    }

    @Test
    void a_reply_that_fails_ends_the_work_of_the_endpoint_and_is_in_the_ledger() throws Exception {
        bundle.with("claude.ledger.enabled", "true").with("claude.data", data.toString());
        CountDownLatch never = new CountDownLatch(1);
        long before = System.nanoTime();
        claude.next(stream().start().text("damn that. ").waitFor(never));

        ClaudeException failure = bundle.failure("How?", checks("polite"));
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
        never.countDown();

        assertThat(failure).isInstanceOf(ClaudeException.CheckFailed.class);
        assertThat(millis).as("the stub goes on for a minute").isLessThan(30_000);
        Bundle.until(() -> bundle.meter("claude.ledger.open") == 0);
    }

    @Test
    void a_check_that_does_not_exist_is_refused_before_a_call() {
        assertThat(bundle.failure("How?", checks("nope")))
                .isInstanceOf(ClaudeException.Rejected.class)
                .hasMessageContaining("CamelClaudeChecks")
                .hasMessageContaining("polite");
        assertThat(claude.requests()).isEmpty();
    }

    @Test
    void mistakes_in_the_settings_are_told_together() {
        bundle.with("claude.checks.a.required-pattern", "(")
                .with("claude.checks.b.forbidden-pattern", "a\\bb")
                .with("claude.checks.c.schema", "{\"type\":\"strin\"}")
                .with("claude.checks.d.schema", "resource:file:nowhere.json")
                .with("claude.checks.e.mode", "hold")
                .with("claude.checks.f.required-pattern", "x")
                .with("claude.checks.f.uri", "direct:x")
                .with("claude.source.checks", "polite,nope");

        assertThat(bundle.refusal())
                .hasStackTraceContaining("claude.checks.e: expected exactly one kind of check")
                .hasStackTraceContaining("claude.checks.f: expected exactly one kind of check")
                .hasStackTraceContaining("there is no claude.checks.nope");
    }

    @Test
    void mistakes_in_patterns_and_schemas_are_told_together() {
        bundle.with("claude.checks.a.required-pattern", "(")
                .with("claude.checks.b.forbidden-pattern", "a\\bb")
                .with("claude.checks.c.schema", "{\"type\":\"strin\"}");

        assertThat(bundle.refusal())
                .hasStackTraceContaining(
                        "claude.checks.a.required-pattern: expected a regular expression in RE2 syntax")
                .hasStackTraceContaining("claude.checks.b.forbidden-pattern: \\b, \\B")
                .hasStackTraceContaining("claude.checks.c.schema: the schema is not valid at #/type");
    }

    @Test
    void a_default_holds_for_prompts_that_name_none() {
        bundle.with("claude.source.checks", "polite");
        claude.next(says("damn"), says("damn"));

        assertThat(bundle.failure("How?")).isInstanceOf(ClaudeException.CheckFailed.class);
        assertThat(bundle.ask("How?", checks("none"))).isEqualTo("damn");
    }

    @Test
    void a_sink_gets_no_text_that_is_not_verified() throws Exception {
        bundle.with("claude.sinks.live.uri", "mock:live").with("claude.sinks.live.chunks", "true");
        MockEndpoint live = bundle.mock("live");
        claude.next(says("Well, ", "da", "mn that."));

        bundle.send("How?", Map.of(ClaudeHeaders.CHECKS, "polite", ClaudeHeaders.SINKS, "live"));

        Bundle.until(() -> live.getReceivedExchanges().stream()
                .anyMatch(chunk -> chunk.getMessage().getHeader(ClaudeHeaders.LAST, false, Boolean.class)));
        assertThat(String.join(
                        "",
                        live.getReceivedExchanges().stream()
                                .map(chunk -> chunk.getMessage().getBody(String.class))
                                .toList()))
                .isEqualTo("Well, ");
        assertThat(live.getReceivedExchanges()).last().satisfies(chunk -> assertThat(
                        chunk.getMessage().getHeader(ClaudeHeaders.ERROR))
                .isEqualTo("check_failed"));
    }

    @Nested
    class A_route {

        @Test
        void decides_on_each_sentence_and_can_change_it() throws Exception {
            guard(exchange -> exchange.getMessage()
                    .setBody(exchange.getMessage().getBody(String.class).replace("Bob", "B.")));
            claude.next(says("Hi. I am Bo", "b. He is", " there."));

            Exchange sent = bundle.send("How?", checks("guard"));

            assertThat(sent.getMessage().getBody()).isEqualTo("Hi. I am B.. He is there.");
            assertThat(guarded).containsExactly("Hi. ", "I am Bob. ", "He is there.");
        }

        @Test
        void changes_a_reply_that_is_not_a_stream() throws Exception {
            guard(exchange -> exchange.getMessage().setBody("No."));
            claude.next(message("Yes."));

            assertThat(bundle.ask("How?", checks("guard"))).isEqualTo("No.");
        }

        @Test
        void can_stop_the_reply() throws Exception {
            guard(exchange -> {
                if (exchange.getMessage().getBody(String.class).contains("bad")) {
                    exchange.getMessage().setHeader(ClaudeHeaders.VERDICT, "stop: a bad word");
                }
            });

            ClaudeException.CheckFailed failure = failed("guard", says("Good. ", "And bad. ", "More."));

            assertThat(failure.partialText()).isEqualTo("Good. ");
            assertThat(failure.reason()).isEqualTo("a bad word");
        }

        @Test
        void knows_the_request_and_the_text_before() throws Exception {
            List<Map<String, Object>> headers = new CopyOnWriteArrayList<>();
            guard(exchange -> headers.add(Map.copyOf(exchange.getMessage().getHeaders())));
            claude.next(says("One. Two."));

            bundle.ask("How?", Map.of(ClaudeHeaders.CHECKS, "guard", ClaudeHeaders.TENANT, "acme"));

            assertThat(headers.get(1))
                    .containsEntry(ClaudeHeaders.CHECK, "guard")
                    .containsEntry(ClaudeHeaders.TEXT_BEFORE, "One. ")
                    .containsEntry(ClaudeHeaders.TENANT, "acme")
                    .containsKey(ClaudeHeaders.PROMPT_ID);
        }

        @Test
        void that_fails_stops_the_reply() throws Exception {
            guard(exchange -> {
                throw new IllegalStateException("out of order");
            });

            assertThat(failed("guard", says("Good.")).reason()).contains("its route failed");
        }

        @Test
        void that_is_late_lets_the_reply_pass_where_the_settings_say_so() throws Exception {
            bundle.with("claude.checks.guard.timeout", "20ms").with("claude.checks.guard.on-failure", "pass");
            CountDownLatch released = new CountDownLatch(1);
            guard(exchange -> released.await());
            claude.next(says("Good."));

            assertThat(bundle.ask("How?", checks("guard"))).isEqualTo("Good.");
            released.countDown();
        }

        @Test
        void sees_the_whole_text_in_mode_whole() throws Exception {
            bundle.with("claude.checks.guard.mode", "whole");
            guard(exchange -> {});
            claude.next(says("One. ", "Two."));

            assertThat(bundle.ask("How?", checks("guard"))).isEqualTo("One. Two.");
            assertThat(guarded).containsExactly("One. Two.");
        }
    }

    @Nested
    class A_repair {

        @Test
        void asks_once_more_with_the_reply_and_the_reason() {
            bundle.with("claude.checks.polite.repair.enabled", "true");
            claude.next(says("damn that."), says("Fine."));

            assertThat(bundle.ask("How?", checks("polite"))).isEqualTo("Fine.");

            assertThat(claude.prompts().get(1))
                    .contains("damn that.")
                    .contains("it holds what forbidden-pattern describes");
        }

        @Test
        void is_made_once() {
            bundle.with("claude.checks.polite.repair.enabled", "true");
            claude.next(says("damn"), says("damn"));

            assertThat(bundle.failure("How?", checks("polite"))).isInstanceOf(ClaudeException.CheckFailed.class);
            assertThat(claude.requests()).hasSize(2);
        }
    }

    @Nested
    class A_client_of_the_gateway {

        private HttpResponse<String> ask(boolean stream) throws Exception {
            bundle.withHttpDoor()
                    .with("claude.gateway.keys.one.key", "key-one")
                    .with("claude.gateway.keys.one.tenant", "acme")
                    .with("claude.gateway.keys.one.checks", "polite");
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                                    .header("x-api-key", "key-one")
                                    .header("content-type", "application/json")
                                    .POST(HttpRequest.BodyPublishers.ofString(
                                            "{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":50,\"stream\":" + stream
                                                    + ",\"messages\":[{\"role\":\"user\",\"content\":\"How?\"}]}"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
        }

        @Test
        void gets_the_verified_text_and_an_error_event() throws Exception {
            claude.next(says("Well, ", "da", "mn that."));

            HttpResponse<String> response = ask(true);

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body())
                    .contains("Well, ")
                    .contains("event: error")
                    .contains("check_failed")
                    .doesNotContain("damn")
                    .doesNotContain("\"da\"");
        }

        @Test
        void cannot_create_a_batch_whose_results_nobody_checks() throws Exception {
            bundle.withHttpDoor()
                    .with("claude.gateway.keys.one.key", "key-one")
                    .with("claude.gateway.keys.one.tenant", "acme")
                    .with("claude.gateway.checks", "polite");

            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages/batches"))
                                    .header("x-api-key", "key-one")
                                    .POST(HttpRequest.BodyPublishers.ofString("{\"requests\":[]}"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("polite").contains("claude.gateway.checks");
        }

        @Test
        void gets_an_error_in_place_of_a_whole_reply() throws Exception {
            claude.next(message("Well, damn that."));

            HttpResponse<String> response = ask(false);

            assertThat(response.statusCode()).isEqualTo(422);
            assertThat(response.body()).contains("claude.checks.polite").doesNotContain("damn");
        }
    }
}
