package io.clauderoutes.agent.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.store.SqliteFile;
import io.clauderoutes.support.Bundle;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Output schemas with the simulator: batches, the ledger, and bounds that the API cannot enforce. */
class OutputSimulatorTest {

    private static final String SCHEMA = """
            {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{
              "city":{"type":"string","minLength":3,"maxLength":20},
              "people":{"type":"integer","minimum":1000},
              "tags":{"type":"array","items":{"type":"string"},"minItems":2,"maxItems":5},
              "size":{"enum":["S","M"]}},
             "required":["city","people","tags","size"]}""";

    private final Simulator simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());

    @TempDir
    private Path data;

    private Bundle bundle;

    @BeforeEach
    void start() {
        bundle = Bundle.calling(simulator)
                .with("claude.data", data.toString())
                .with("claude.ledger.enabled", "true")
                .with("claude.sources.pile.uri", "direct:pile")
                .with("claude.sources.pile.batch", "true")
                .with("claude.sources.pile.idempotent.enabled", "false")
                .with("claude.sources.pile.output-schema", SCHEMA.replace("\n", ""))
                .with("claude.sources.pile.dead-letter", "mock:dead")
                .with("claude.sources.pile.sinks", "answers")
                .with("claude.sinks.answers.uri", "mock:answers")
                .with("claude.batch.wait", "1ms")
                .with("claude.batch.poll-interval", "10ms");
    }

    @AfterEach
    void stop() {
        bundle.close();
        simulator.close();
    }

    private List<String> states() throws SQLException {
        List<String> states = new ArrayList<>();
        try (Connection connection = SqliteFile.reading(data.resolve("ledger.db"));
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT state, cost_micro_usd FROM entry WHERE state <> 'INTENT' ORDER BY 1")) {
            while (rows.next()) {
                states.add(rows.getString(1) + (rows.getLong(2) > 0 ? " paid" : ""));
            }
        }
        return states;
    }

    @Test
    void the_simulator_replies_with_json_that_fits() {
        assertThat(bundle.ask(
                        "Name a city with many people and some long words",
                        Map.of(ClaudeHeaders.OUTPUT_SCHEMA, SCHEMA)))
                .contains("\"people\":1000");
    }

    @Test
    void an_invalid_reply_and_its_repair_are_rows_of_the_ledger() throws Exception {
        bundle.with("claude.agent.repair.enabled", "true");

        assertThat(bundle.ask("say exactly: not JSON", Map.of(ClaudeHeaders.OUTPUT_SCHEMA, SCHEMA)))
                .startsWith("{");
        bundle.close();

        assertThat(states()).containsExactly("SETTLED paid", "SETTLED paid");
        assertThat(simulator.requests()).hasSize(2);
    }

    @Test
    void an_invalid_reply_is_settled_in_the_ledger() throws Exception {
        ClaudeException failure = bundle.failure("say exactly: not JSON", Map.of(ClaudeHeaders.OUTPUT_SCHEMA, SCHEMA));
        bundle.close();

        assertThat(failure).isInstanceOf(ClaudeException.InvalidOutput.class);
        assertThat(states()).containsExactly("SETTLED paid");
    }

    @Test
    void results_of_a_batch_are_checked_when_they_arrive() throws Exception {
        MockEndpoint answers = bundle.mock("answers");
        answers.expectedMessageCount(1);
        MockEndpoint dead = bundle.mock("dead");
        dead.expectedMessageCount(1);

        bundle.post("direct:pile", "say exactly: not JSON", Map.of());
        bundle.post("direct:pile", "Name a city", Map.of());

        answers.assertIsSatisfied();
        dead.assertIsSatisfied();
        assertThat(answers.getExchanges().get(0).getMessage().getBody(String.class))
                .startsWith("{");
        assertThat(dead.getExchanges().get(0).getMessage().getHeader(ClaudeHeaders.ERROR_TYPE))
                .isEqualTo("invalid_output");
        bundle.close();
        assertThat(states()).containsExactly("SETTLED paid", "SETTLED paid");
    }
}
