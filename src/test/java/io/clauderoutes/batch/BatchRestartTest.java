package io.clauderoutes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.simulator.BatchRules;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one process began another goes on with. */
class BatchRestartTest {

    @TempDir
    private Path data;

    private final Simulator simulator = Simulator.start(
            SimulatorSettings.instant().withBatches(BatchRules.instant().withDuration(Fault.FOREVER)),
            Clock.systemUTC());

    @AfterEach
    void close() {
        simulator.close();
    }

    private Bundle bundle() {
        return Bundle.calling(simulator)
                .with("claude.data", data.toString())
                .with("claude.ledger.enabled", "true")
                .with("claude.sources.tray.uri", "direct:tray")
                .with("claude.sources.tray.batch", "true")
                .with("claude.sources.tray.sinks", "answers")
                .with("claude.sinks.answers.uri", "mock:answers")
                .with("claude.batch.wait", "1ms")
                .with("claude.batch.poll-interval", "10ms")
                .with("claude.batch.poll-interval-max", "10ms");
    }

    private void sent(Bundle bundle) {
        bundle.sendTo("direct:tray", "say exactly: one", Map.of("JMSMessageID", "one"));
        Bundle.until(() -> stored("SELECT state FROM batch").equals(List.of("sent")));
    }

    private List<String> stored(String query) {
        return BookRows.of(data.resolve(BatchStore.FILE), query);
    }

    @Test
    void no_batch_is_created_once_the_stop_has_begun_and_the_next_start_sends_it() throws Exception {
        Bundle first = bundle().with("claude.batch.wait", "500ms");
        first.sendTo("direct:tray", "say exactly: one", Map.of("JMSMessageID", "one"));
        simulator.next(new Fault.Slow(Duration.ofSeconds(2), 0));
        Future<String> slow = first.asking("say exactly: slow");
        Bundle.until(() -> simulator.requests().size() == 1);

        first.context().stop();

        assertThat(slow.isDone()).isTrue();
        assertThat(simulator.bill().batches().created()).isZero();
        assertThat(stored("SELECT state FROM prompt")).containsExactly("waiting");
        first.close();
        try (Bundle second = bundle()) {
            second.context();
            Bundle.until(() -> simulator.bill().batches().created() == 1);
        }
    }

    @Test
    void a_batch_under_way_is_neither_sent_again_nor_unknown() throws Exception {
        try (Bundle first = bundle()) {
            sent(first);
        }
        try (Bundle second = bundle()) {
            MockEndpoint answers = second.mock("answers");
            answers.expectedBodiesReceived("one");

            simulator.endBatches();
            answers.assertIsSatisfied();
            Bundle.until(() -> stored("SELECT state FROM batch").equals(List.of("done")));
        }

        assertThat(simulator.bill().batches().created()).isEqualTo(1);
        assertThat(new BookRows(data).states()).containsExactly("INTENT SETTLED");
    }

    @Test
    void a_batch_that_has_ended_is_charged_once_however_often_it_is_looked_at() {
        try (Bundle first = bundle()) {
            sent(first);
        }
        simulator.endBatches();
        simulator.nextResults(
                new Fault.Reset(0), new Fault.Reset(1), new Fault.End(1), new Fault.Reset(2), Fault.status(503));
        for (int restart = 0; restart < 5; restart++) {
            try (Bundle again = bundle()) {
                long before = simulator.bill().callsOf("/v1/messages/batches/{id}/results");
                again.context();
                Bundle.until(() -> simulator.bill().callsOf("/v1/messages/batches/{id}/results") > before
                        || stored("SELECT state FROM batch").equals(List.of("done")));
            }
        }
        try (Bundle last = bundle()) {
            last.context();
            Bundle.until(() -> stored("SELECT state FROM batch").equals(List.of("done")));
        }

        assertThat(new BookRows(data).of("SELECT state, count(*) FROM attempt GROUP BY state"))
                .containsExactly("SETTLED 1");
    }

    @Test
    void a_prompt_that_waits_is_sent_by_the_next_process() throws Exception {
        try (Bundle first = bundle().with("claude.batch.wait", "1h")) {
            first.sendTo("direct:tray", "say exactly: one", Map.of("JMSMessageID", "one"));
        }
        try (Bundle second = bundle()) {
            second.context();
            Bundle.until(() -> simulator.bill().batches().created() == 1);
        }
    }

    @Test
    void what_is_under_way_since_before_is_held_against_its_tenants_budget() {
        try (Bundle first = bundle()) {
            sent(first);
        }
        try (Bundle second = bundle().with("claude.budgets.default.usd", "0.05")) {
            assertThat(second.failure("two")).hasMessageContaining("is over its budget");
        }
    }

    @Test
    void a_second_process_keeps_nothing_in_the_same_folder() {
        try (Bundle first = bundle();
                Bundle second = bundle()) {
            sent(first);

            assertThat(Bundle.failureOf(second.sendTo("direct:tray", "two", Map.of("JMSMessageID", "two"))))
                    .hasMessageContaining("another process writes it");
        }
    }
}
