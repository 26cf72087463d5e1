package io.clauderoutes.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.simulator.Charge;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Patience;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A reply that fails while its endpoint is at work, over a real connection. */
class CheckStopTest {

    private static final int CALLS = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String QUESTION = "say exactly: " + "It goes on and on. ".repeat(3) + "This is forbidden. "
            + "It goes on and on. ".repeat(200);

    @TempDir
    private Path data;

    private final Simulator simulator =
            Simulator.start(SimulatorSettings.instant().withTokensPerSecond(400), Clock.systemUTC());
    private Bundle bundle;

    @AfterEach
    void stop() {
        bundle.close();
        simulator.close();
    }

    @Test
    void the_endpoint_stops_and_the_ledger_has_what_was_billed() {
        bundle = Bundle.calling(simulator)
                .with("claude.ledger.enabled", "true")
                .with("claude.data", data.toString())
                .with("claude.cache.enabled", "false")
                .with("claude.checks.words.forbidden-pattern", "forbidden");
        for (int i = 0; i < CALLS; i++) {
            long cut = simulator.bill().streams().cut();
            assertThat(bundle.failure(QUESTION, Map.of(ClaudeHeaders.CHECKS, "words")))
                    .isInstanceOf(ClaudeException.CheckFailed.class);
            Patience.until(() -> simulator.bill().streams().cut() > cut, PATIENCE, () -> simulator
                    .bill()
                    .toString());
        }
        BookRows books = new BookRows(data);
        Patience.until(
                () -> books.number("SELECT count(*) FROM attempt WHERE state = 'ABORTED'") == CALLS,
                PATIENCE,
                () -> books.states().toString());

        List<Charge> charges = simulator.charges();
        assertThat(books.number("SELECT sum(input_tokens) FROM attempt"))
                .isEqualTo(charges.stream()
                        .mapToLong(charge -> charge.tokens().input())
                        .sum());
        assertThat(books.number("SELECT sum(output_tokens) FROM attempt"))
                .isBetween(
                        charges.stream()
                                        .mapToLong(charge -> charge.tokens().output())
                                        .sum()
                                / 2,
                        charges.stream()
                                        .mapToLong(charge -> charge.tokens().output())
                                        .sum()
                                * 2);
        assertThat(bundle.meter("claude.api.calls", "status", "200")).isEqualTo(CALLS);
    }
}
