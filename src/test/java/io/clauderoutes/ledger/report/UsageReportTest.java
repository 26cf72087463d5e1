package io.clauderoutes.ledger.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ledger.Ledger;
import io.clauderoutes.ledger.row.TestRows;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.ledger.write.JournalFiles;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Patience;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command line tells of the books, which is what the management server tells too. */
class UsageReportTest {

    private static final String PONG = "say exactly: Pong.";

    @TempDir
    private Path data;

    private Simulator simulator;
    private Bundle bundle;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void start() {
        simulator = Simulator.start(SimulatorSettings.instant().withRequestsKept(10), Clock.systemUTC());
        bundle = Bundle.calling(simulator).with("claude.ledger.enabled", "true").with("claude.data", data.toString());
    }

    @AfterEach
    void stop() {
        bundle.close();
        simulator.close();
    }

    private int run(String... arguments) {
        return UsageCommand.run(
                arguments,
                Map.of("claude.data", data.toString()),
                LocalDate.now(ZoneOffset.UTC),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private JsonNode json(String... arguments) throws IOException {
        assertThat(run(arguments)).isZero();
        return new ObjectMapper().readTree(out.toByteArray());
    }

    /** And waits until anybody may read it. */
    private void ask(String prompt, String tenant) {
        bundle.send(prompt, Map.of(ClaudeHeaders.TENANT, tenant));
        assertThat(new BookRows(data).states()).isNotEmpty();
    }

    @Test
    void totals_hold_what_was_settled_and_the_rest_apart() throws IOException {
        simulator.next(Fault.status(529), new Fault.Ok(), new Fault.ResetBeforeHeaders(true), new Fault.Ok());
        ask("say exactly: Ping.", "acme");
        ask(PONG, "acme");
        ask(PONG, "acme");
        simulator.next(new Fault.End(2));
        ask("Tell me of rivers", "acme");
        bundle.context().stop();

        JsonNode totals = json().path("totals");

        assertThat(totals.path("attempts").asInt()).isEqualTo(5);
        assertThat(totals.path("calls").asInt()).isEqualTo(3);
        assertThat(totals.path("settled").asInt()).isEqualTo(2);
        assertThat(totals.path("input_tokens").asInt()).isEqualTo(10);
        assertThat(totals.path("output_tokens").asInt()).isEqualTo(4);
        assertThat(totals.path("cost_micro_usd").asInt()).isEqualTo(60);
        assertThat(totals.path("estimated").path("attempts").asInt()).isEqualTo(1);
        assertThat(totals.path("estimated").path("cost_micro_usd").asInt()).isPositive();
        assertThat(totals.path("unknown").path("attempts").asInt()).isEqualTo(1);
        assertThat(totals.path("rejected").path("attempts").asInt()).isEqualTo(1);
        assertThat(totals.path("cache_hits").asInt()).isEqualTo(1);
    }

    @Test
    void sums_are_made_for_each_combination_that_is_asked_for() throws IOException {
        ask("say exactly: one", "acme");
        ask("say exactly: two", "acme");
        ask("say exactly: three", "zeta");

        JsonNode groups = json("--by=tenant,model").path("groups");

        assertThat(groups).hasSize(2);
        assertThat(groups.get(0).path("tenant").asText()).isEqualTo("acme");
        assertThat(groups.get(0).path("model").asText()).isEqualTo("claude-sonnet-5-5");
        assertThat(groups.get(0).path("calls").asInt()).isEqualTo(2);
        assertThat(groups.get(1).path("tenant").asText()).isEqualTo("zeta");
    }

    @Test
    void only_what_is_asked_for_counts() throws IOException {
        ask("say exactly: one", "acme");
        ask("say exactly: two", "zeta");

        assertThat(json("--tenant=zeta").path("totals").path("calls").asInt()).isEqualTo(1);
    }

    @Test
    void days_that_are_not_asked_for_do_not_count() throws IOException {
        ask("say exactly: one", "acme");

        assertThat(json("--from=2020-01-01", "--to=2020-12-31")
                        .path("totals")
                        .path("attempts")
                        .asInt())
                .isZero();
    }

    @Test
    void attempts_under_way_are_listed() throws IOException {
        simulator.next(new Fault.Slow(Duration.ofSeconds(5), 0));
        Future<String> asked = bundle.asking(PONG, Map.of(ClaudeHeaders.TENANT, "acme"));
        Patience.until(
                () -> new BookRows(data).states().equals(List.of("INTENT")), Duration.ofMinutes(1), () -> "no INTENT");

        JsonNode open = json().path("open_attempts");

        assertThat(open).hasSize(1);
        assertThat(open.get(0).path("tenant").asText()).isEqualTo("acme");
        Bundle.until(asked::isDone);
    }

    @Test
    void what_a_killed_process_left_in_its_journal_is_told() throws IOException {
        ask(PONG, "acme");
        bundle.context().stop();
        JournalFiles.leave(
                data.resolve(Ledger.FILE),
                TestRows.intent("killed", 1, Instant.EPOCH),
                TestRows.settled("killed", 1, Instant.EPOCH));

        assertThat(run()).isZero();

        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("2 rows are in the journal")
                .contains("started again");
    }

    @Test
    void attempts_that_may_have_been_billed_are_listed() throws IOException {
        simulator.next(new Fault.ResetBeforeHeaders(true));
        ask(PONG, "acme");

        JsonNode unknown = json().path("unknown_attempts");

        assertThat(unknown).hasSize(1);
        assertThat(unknown.get(0).path("attempt").asInt()).isEqualTo(1);
    }

    @Test
    void as_csv_there_is_a_line_for_each_group() {
        ask("say exactly: Pong.", "a, \"b\"");

        assertThat(run("--by=day,tenant", "--format=csv")).isZero();

        assertThat(out.toString(StandardCharsets.UTF_8).split("\r\n"))
                .hasSize(2)
                .satisfies(
                        lines -> assertThat(lines[0]).startsWith("day,tenant,attempts,calls,settled,input_tokens"),
                        lines -> assertThat(lines[1])
                                .startsWith(LocalDate.now(ZoneOffset.UTC) + ",\"a, \"\"b\"\"\",1,1,1,5,2,0,0,30,0"));
    }

    @Test
    void a_parameter_that_makes_no_sense_is_told_with_what_was_expected() {
        ask(PONG, "acme");

        assertThat(run("--from=yesterday")).isEqualTo(2);
        assertThat(run("--by=colour")).isEqualTo(2);
        assertThat(run("--tenants=acme")).isEqualTo(2);
        assertThat(run("--format=xml")).isEqualTo(2);
        assertThat(run("--from=2026-02-01", "--to=2026-01-01")).isEqualTo(2);
        assertThat(run("acme")).isEqualTo(2);

        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("from=yesterday: expected a day such as 2026-11-30"),
                        line -> assertThat(line)
                                .contains("expected one or more of day, tenant, model, source, endpoint"),
                        line -> assertThat(line).startsWith("tenants is not a parameter: expected by, endpoint"),
                        line -> assertThat(line).isEqualTo("format=xml: expected json or csv"),
                        line -> assertThat(line).isEqualTo("from=2026-02-01 is after to=2026-01-01"),
                        line -> assertThat(line).isEqualTo("acme: expected --name=value, or --help"));
    }

    @Test
    void it_says_how_it_is_used() {
        assertThat(run("--help")).isZero();

        assertThat(out.toString(StandardCharsets.UTF_8)).contains("--by=day,tenant");
    }

    @Test
    void where_there_is_no_ledger_it_says_so() {
        assertThat(run("--data=" + data.resolve("elsewhere"))).isEqualTo(1);

        assertThat(err.toString(StandardCharsets.UTF_8)).contains("there is no ledger at");
    }
}
