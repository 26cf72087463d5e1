package io.clauderoutes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Prompts that a company gateway answers together. */
class PromptGroupTest {

    @TempDir
    private Path data;

    private final Simulator simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());

    @RegisterExtension
    private final Bundle bundle = Bundle.calling(simulator)
            .with("claude.ledger.enabled", "true")
            .with("claude.endpoints.primary.dialect", "prompt")
            .with("claude.sinks.answers.uri", "mock:answers")
            .with("claude.batch.dead-letter", "mock:letters")
            .with("claude.batch.wait", "1h")
            .with("claude.batch.poll-interval", "10ms");

    private MockEndpoint answers;
    private MockEndpoint letters;

    private void begin(int prompts) {
        bundle.with("claude.data", data.toString()).with("claude.batch.size", Integer.toString(prompts));
        answers = bundle.mock("answers");
        letters = bundle.mock("letters");
    }

    @AfterEach
    void close() {
        bundle.close();
        simulator.close();
    }

    private void prompts(String... texts) {
        for (String text : texts) {
            bundle.sendTo("direct:claude-batch", "say exactly: " + text, Map.of(ClaudeHeaders.SINKS, "answers"));
        }
    }

    @Test
    void are_asked_in_one_call() throws Exception {
        begin(2);
        answers.expectedBodiesReceivedInAnyOrder("one", "two");

        prompts("one", "two");

        answers.assertIsSatisfied();
        assertThat(simulator.bill().callsOf("/v1/batch")).isEqualTo(1);
    }

    @Test
    void are_asked_again_if_the_gateway_said_no() throws Exception {
        begin(1);
        answers.expectedBodiesReceived("one");
        simulator.next(Fault.status(503));

        prompts("one");

        answers.assertIsSatisfied();
    }

    @Test
    void are_not_asked_twice_if_the_gateway_said_nothing() throws Exception {
        begin(1);
        letters.expectedMessageCount(1);
        simulator.next(new Fault.ResetBeforeHeaders(true));

        prompts("one");
        letters.assertIsSatisfied();

        assertThat(simulator.bill().callsOf("/v1/batch")).isEqualTo(1);
        assertThat(new BookRows(data).of("SELECT state FROM attempt")).isEqualTo(List.of("UNKNOWN"));
    }

    @Test
    void that_are_more_than_text_are_refused_by_name() throws Exception {
        begin(2);
        answers.expectedBodiesReceived("one");
        letters.expectedMessageCount(1);

        prompts("one");
        bundle.sendTo(
                "direct:claude-batch",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\"}]}]}",
                Map.of(ClaudeHeaders.SINKS, "answers"));

        answers.assertIsSatisfied();
        letters.assertIsSatisfied();
        assertThat(letters.getExchanges().get(0).getMessage().getHeader(ClaudeHeaders.ERROR, String.class))
                .contains("carries text only");
    }
}
