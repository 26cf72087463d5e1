package io.clauderoutes.ledger.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.Patience;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.camel.Handler;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each attempt that ended is told to an endpoint. */
class ExportTest {

    private static final String PONG = "say exactly: Pong.";
    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir
    private Path data;

    private final Receiver receiver = new Receiver();
    private Simulator simulator;
    private Bundle bundle;
    private BookRows books;

    /** Takes everything, unless it is sick. */
    public static final class Receiver {

        private final List<String> taken = new CopyOnWriteArrayList<>();
        private volatile boolean sick;

        @Handler
        public void take(String json) {
            if (sick) {
                throw new IllegalStateException("sick");
            }
            taken.add(json);
        }
    }

    @BeforeEach
    void start() {
        simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());
        bundle = bundle();
        books = new BookRows(data);
    }

    private Bundle bundle() {
        return Bundle.calling(simulator)
                .with("claude.ledger.enabled", "true")
                .with("claude.ledger.export.uri", "bean:receiver")
                .with("claude.data", data.toString())
                .withBean("receiver", receiver);
    }

    @AfterEach
    void stop() {
        bundle.close();
        simulator.close();
    }

    private void untilTaken(int count) {
        Patience.until(
                () -> receiver.taken.size() >= count && books.number("SELECT count(*) FROM outbox") == 0,
                LONG,
                receiver.taken::toString);
    }

    private List<String> ids() {
        return receiver.taken.stream()
                .map(json -> {
                    try {
                        return new ObjectMapper().readTree(json).path("id").asText();
                    } catch (IOException notJson) {
                        throw new AssertionError(json, notJson);
                    }
                })
                .toList();
    }

    @Test
    void an_attempt_is_told_with_all_that_is_known_of_it_and_null_for_what_is_not() throws IOException {
        simulator.next(Fault.status(529), new Fault.Ok());
        bundle.send(PONG, Map.of(ClaudeHeaders.TENANT, "acme", ClaudeHeaders.SESSION, "talk-1"));

        untilTaken(2);

        JsonNode refused = new ObjectMapper().readTree(receiver.taken.get(0));
        JsonNode settled = new ObjectMapper().readTree(receiver.taken.get(1));
        assertThat(refused.path("state").asText()).isEqualTo("REJECTED");
        assertThat(refused.path("cost_micro_usd").isNull()).isTrue();
        assertThat(settled.path("state").asText()).isEqualTo("SETTLED");
        assertThat(settled.path("tenant").asText()).isEqualTo("acme");
        assertThat(settled.path("session").asText()).isEqualTo("talk-1");
        assertThat(settled.path("input_tokens").asInt()).isEqualTo(5);
        assertThat(settled.path("output_tokens").asInt()).isEqualTo(2);
        assertThat(settled.path("cost_micro_usd").asInt()).isEqualTo(30);
        assertThat(settled.path("attempt").asInt()).isEqualTo(2);
    }

    @Test
    void each_is_told_once() {
        IntStream.range(0, 250)
                .mapToObj(i -> bundle.asking("say exactly: number " + i))
                .toList()
                .forEach(asked -> Bundle.until(asked::isDone));

        untilTaken(250);

        assertThat(ids()).hasSize(250).doesNotHaveDuplicates();
        assertThat(bundle.meter("claude.ledger.exported")).isEqualTo(250);
    }

    @Test
    void an_endpoint_that_is_sick_harms_no_call_and_gets_everything_when_it_is_well() {
        receiver.sick = true;
        try (CapturedLog log = new CapturedLog(Export.class.getName(), Level.INFO)) {
            bundle.ask("say exactly: one");
            bundle.ask("say exactly: two");
            Patience.until(() -> !log.lines().isEmpty(), LONG, () -> "no line");
            receiver.sick = false;

            untilTaken(2);

            assertThat(ids()).hasSize(2).doesNotHaveDuplicates();
            assertThat(log.lines().stream().filter(line -> line.contains("takes nothing")))
                    .hasSize(1);
        }
    }

    @Test
    void what_was_not_told_before_the_process_ended_is_told_by_the_next() {
        receiver.sick = true;
        bundle.ask("say exactly: one");
        bundle.context().stop();
        receiver.sick = false;

        bundle = bundle();
        bundle.ask("say exactly: two");

        untilTaken(2);
        assertThat(ids()).hasSize(2).doesNotHaveDuplicates();
    }

    @Test
    void without_an_endpoint_nothing_waits_to_be_told() {
        bundle.with("claude.ledger.export.uri", "");

        bundle.ask(PONG);

        assertThat(books.attempts()).hasSize(1);
        assertThat(books.number("SELECT count(*) FROM outbox")).isZero();
    }
}
