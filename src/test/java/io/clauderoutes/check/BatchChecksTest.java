package io.clauderoutes.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results of batches that have to pass the checks of their source. */
class BatchChecksTest {

    private final Simulator simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());

    @TempDir
    private Path data;

    private Bundle bundle;

    @AfterEach
    void stop() {
        bundle.close();
        simulator.close();
    }

    @Test
    void a_result_that_fails_goes_to_the_dead_letters_and_is_not_asked_for_again() throws Exception {
        bundle = Bundle.calling(simulator)
                .with("claude.data", data.toString())
                .with("claude.ledger.enabled", "true")
                .with("claude.checks.polite.forbidden-pattern", "damn")
                .with("claude.sources.pile.uri", "direct:pile")
                .with("claude.sources.pile.batch", "true")
                .with("claude.sources.pile.idempotent.enabled", "false")
                .with("claude.sources.pile.checks", "polite")
                .with("claude.sources.pile.dead-letter", "mock:dead")
                .with("claude.sources.pile.sinks", "answers")
                .with("claude.sinks.answers.uri", "mock:answers")
                .with("claude.batch.wait", "1ms")
                .with("claude.batch.poll-interval", "10ms");
        MockEndpoint answers = bundle.mock("answers");
        answers.expectedMessageCount(1);
        MockEndpoint dead = bundle.mock("dead");
        dead.expectedMessageCount(1);

        bundle.post("direct:pile", "say exactly: damn", Map.of());
        bundle.post("direct:pile", "say exactly: Fine.", Map.of());

        answers.assertIsSatisfied();
        dead.assertIsSatisfied();
        assertThat(answers.getExchanges().get(0).getMessage().getBody(String.class))
                .isEqualTo("Fine.");
        assertThat(dead.getExchanges().get(0).getMessage().getHeader(ClaudeHeaders.ERROR_TYPE))
                .isEqualTo("check_failed");
        assertThat(simulator.bill().batches().items()).isEqualTo(2);
    }
}
