package io.clauderoutes.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a request with tools costs: a row for each round, a budget over all of them, and the bill of the API. */
class ToolLedgerTest {

    @TempDir
    private Path data;

    private final Simulator simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());
    private Bundle bundle;

    @BeforeEach
    void start() {
        bundle = Bundle.calling(simulator).with("claude.ledger.enabled", "true").with("claude.data", data.toString());
    }

    @AfterEach
    void stop() {
        bundle.close();
        simulator.close();
    }

    private Exchange ask(Map<String, Object> headers) throws Exception {
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("claude-tool:weather?description=Weather&parameter.city=string")
                        .setBody(constant("12 degrees"));
                from("direct:mine").to("claude:messages?tools=weather&maxTokens=100");
            }
        });
        return bundle.sendTo("direct:mine", "Use the weather tool", headers);
    }

    private record Line(int round, int attempt, String state, long cost) {}

    private List<Line> lines() throws SQLException {
        List<Line> lines = new ArrayList<>();
        try (Connection file = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("ledger.db"));
                ResultSet rows = file.createStatement()
                        .executeQuery("SELECT round, attempt, state, cost_micro_usd FROM attempt ORDER BY number")) {
            while (rows.next()) {
                lines.add(new Line(rows.getInt(1), rows.getInt(2), rows.getString(3), rows.getLong(4)));
            }
        }
        return lines;
    }

    @Test
    void each_round_is_a_row_with_its_number_and_all_are_the_bill() throws Exception {
        Exchange sent = ask(Map.of());
        bundle.close();

        assertThat(sent.getException()).isNull();
        List<Line> lines = lines();
        assertThat(lines).extracting(Line::round).containsExactly(1, 2);
        assertThat(lines).extracting(Line::attempt).containsExactly(1, 2);
        assertThat(lines).extracting(Line::state).containsOnly("SETTLED");
        assertThat(sent.getMessage().getHeader(ClaudeHeaders.COST, BigDecimal.class))
                .isEqualByComparingTo(
                        BigDecimal.valueOf(lines.stream().mapToLong(Line::cost).sum(), 6));
        assertThat(simulator.bill().callsOf("/v1/messages")).isEqualTo(2);
    }

    @Test
    void a_budget_that_the_first_round_has_used_up_ends_the_request() throws Exception {
        bundle.with("claude.budgets.acme.usd", "0.0014").with("claude.budgets.acme.period", "day");

        ClaudeException failure = Bundle.failureOf(ask(Map.of(ClaudeHeaders.TENANT, "acme")));
        bundle.close();

        assertThat(failure.kind()).isEqualTo(ClaudeException.Kind.OVER_BUDGET);
        assertThat(simulator.bill().callsOf("/v1/messages")).isEqualTo(1);
        assertThat(lines()).extracting(Line::round).containsExactly(1);
    }
}
