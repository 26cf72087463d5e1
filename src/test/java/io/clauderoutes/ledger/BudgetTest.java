package io.clauderoutes.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BudgetTest {

    private static final Map<String, Object> ACME = Map.of(ClaudeHeaders.TENANT, "acme", ClaudeHeaders.MAX_TOKENS, 100);

    @TempDir
    private Path data;

    private Simulator simulator;
    private Bundle bundle;

    @BeforeEach
    void start() {
        simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());
        bundle = bundle("0.0112");
    }

    /** A call of these tests can cost about 1,060 micro-dollars and does cost about 30. */
    private Bundle bundle(String usd) {
        return Bundle.calling(simulator)
                .with("claude.ledger.enabled", "true")
                .with("claude.cache.enabled", "false")
                .with("claude.data", data.toString())
                .with("claude.throttle.in-flight", "500")
                .with("claude.budgets.acme.usd", usd)
                .with("claude.budgets.acme.period", "day");
    }

    @AfterEach
    void stop() {
        bundle.close();
        simulator.close();
    }

    /** Each of these answers is cut off at its bound, and so costs nearly what was reserved for it: 1,010 of 1,064 at most. */
    @Test
    void a_budget_for_ten_calls_admits_ten_of_two_hundred_at_once() {
        bundle.with("claude.budgets.acme.usd", "0.0108");

        List<Future<Exchange>> calls = IntStream.range(0, 200)
                .mapToObj(i -> bundle.inBackground(() -> bundle.send("Write 300 words on rivers", ACME)))
                .toList();
        calls.forEach(call -> Bundle.until(call::isDone));

        assertThat(simulator.bill().callsOf("/v1/messages")).isEqualTo(10);
        assertThat(calls.stream().filter(call -> succeeded(call))).hasSize(10);
    }

    @Test
    void a_budget_that_is_taken_by_calls_under_way_admits_no_other() {
        bundle.with("claude.budgets.acme.usd", "0.0011");
        simulator.next(new Fault.Slow(Duration.ofSeconds(2), 0));
        Future<String> first = bundle.asking("say exactly: Pong.", ACME);
        Bundle.until(() -> simulator.bill().callsOf("/v1/messages") == 1);

        Exchange second = bundle.send("say exactly: Pong.", ACME);

        assertThat(first.isDone() || second.getException() != null)
                .as("the second was refused, unless the first was over")
                .isTrue();
        Bundle.until(first::isDone);
        assertThat(bundle.ask("say exactly: Pong.", ACME)).isEqualTo("Pong.");
    }

    private static boolean succeeded(Future<Exchange> call) {
        try {
            return call.get().getException() == null;
        } catch (InterruptedException | ExecutionException failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    void what_a_call_did_not_cost_is_given_back() {
        for (int i = 0; i < 20; i++) {
            bundle.ask("say exactly: Pong.", ACME);
        }

        assertThat(simulator.bill().billed().answers()).isEqualTo(20);
    }

    @Test
    void a_call_that_was_refused_gives_all_of_it_back() {
        for (int i = 0; i < 20; i++) {
            simulator.next(Fault.status(400));
            bundle.failure("say exactly: Pong.", ACME);
        }

        assertThat(bundle.ask("say exactly: Pong.", ACME)).isEqualTo("Pong.");
    }

    @Test
    void who_is_over_it_is_told_so_by_type_and_is_not_to_try_again() {
        ClaudeException failure = bundle.failure(
                "say exactly: Pong.", Map.of(ClaudeHeaders.TENANT, "acme", ClaudeHeaders.MAX_TOKENS, 5_000));

        assertThat(failure)
                .isInstanceOf(ClaudeException.OverBudget.class)
                .hasMessageContaining("tenant acme")
                .hasMessageContaining("claude.budgets.acme.usd");
        assertThat(failure.status()).isEqualTo(429);
        assertThat(failure.error().response().headers()).containsEntry("x-should-retry", "false");
        assertThat(simulator.bill().callsOf("/v1/messages")).isZero();
    }

    @Test
    void another_tenant_has_none() {
        assertThat(bundle.ask("say exactly: Pong.", Map.of(ClaudeHeaders.MAX_TOKENS, 5_000)))
                .isEqualTo("Pong.");
    }

    @Test
    void what_was_spent_is_remembered_over_a_restart() {
        String long500 = "Write 300 words on rivers";
        Map<String, Object> much = Map.of(ClaudeHeaders.TENANT, "acme", ClaudeHeaders.MAX_TOKENS, 1_000);
        bundle.ask(long500, much);
        bundle.context().stop();
        bundle = bundle("0.0112");

        assertThat(bundle.failure(long500, much)).isInstanceOf(ClaudeException.OverBudget.class);
    }

    @Test
    void a_model_without_a_price_cannot_be_paid_from_it() {
        ClaudeException failure = bundle.failure(
                "say exactly: Pong.", Map.of(ClaudeHeaders.TENANT, "acme", ClaudeHeaders.MODEL, "claude-new-9"));

        assertThat(failure).isInstanceOf(ClaudeException.Rejected.class).hasMessageContaining("claude.ledger.prices");
    }

    @Test
    void without_a_ledger_there_is_none() {
        Bundle without = Bundle.calling(simulator).with("claude.budgets.acme.usd", "1");

        assertThat(without.refusal()).hasStackTraceContaining("claude.ledger.enabled=false");
    }

    @Test
    void at_the_http_door_it_is_a_429_that_says_not_to_try_again() throws Exception {
        bundle.withHttpDoor()
                .with("claude.gateway.keys.acme.key", "acme-key")
                .with("claude.gateway.keys.acme.tenant", "acme");
        String request = """
                {"model":"claude-sonnet-5-5","max_tokens":5000,"messages":[{"role":"user","content":"Hello"}]}""";

        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                                .header("x-api-key", "acme-key")
                                .POST(HttpRequest.BodyPublishers.ofString(request))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(response.headers().firstValue("x-should-retry")).contains("false");
        assertThat(response.body()).contains("over its budget");
    }
}
