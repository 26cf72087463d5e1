package io.clauderoutes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.simulator.BatchRules;
import io.clauderoutes.simulator.Bill;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.ChildJvm;
import io.clauderoutes.support.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that works on batches is killed at any moment, again and again, and what became of the prompts is held against the
 * simulator's bill. More of it: {@code ./mvnw test -Dtest=BatchCrashTest -Dbatch.prompts=10000 -Dbatch.size=1000
 * -Dbatch.wait=20s -Dbatch.kills=20 -Dbatch.life=4000}.
 */
@Order(5)
class BatchCrashTest {

    private static final int PROMPTS = Integer.getInteger("batch.prompts", 300);
    private static final int SIZE = Integer.getInteger("batch.size", 20);
    private static final int KILLS = Integer.getInteger("batch.kills", 6);
    private static final String WAIT = System.getProperty("batch.wait", "200ms");
    private static final long SEED = Long.getLong("batch.seed", 20_261_123L);
    private static final int LONGEST_LIFE_MILLIS = Integer.getInteger("batch.life", 400);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration END = Duration.ofMinutes(10);

    @TempDir
    private Path folder;

    @Test
    void whenever_the_process_is_killed_each_prompt_is_answered_and_paid_once() throws Exception {
        for (int i = 0; i < PROMPTS; i++) {
            Path prompt = Files.createDirectories(folder.resolve("inbox")).resolve("p" + i + ".txt");
            Files.writeString(prompt, "say exactly: answer " + i);
        }
        Random random = new Random(SEED);
        SimulatorSettings settings = SimulatorSettings.instant()
                .withRequestsKept(0)
                .withBatches(BatchRules.instant()
                        .withDuration(Duration.ofMillis(150))
                        .withFailures(3, 2));
        try (Simulator simulator = Simulator.start(settings, Clock.systemUTC())) {
            for (int round = 0; round < KILLS; round++) {
                if (round % 3 == 0) {
                    simulator.nextCreation(new Fault.ResetBeforeHeaders(true));
                }
                killedAtSomeMoment(simulator, random);
            }
            try (Bundle last = BatchChild.bundle(simulator.url().toString(), folder, Integer.toString(SIZE), WAIT)) {
                last.context();
                Patience.until(
                        () -> answered() == PROMPTS && isDone(), END, () -> answered() + " answers, " + report());
            }

            Bill.Batches bill = simulator.bill().batches();
            BookRows books = new BookRows(folder.resolve("data"));
            for (int i = 0; i < PROMPTS; i++) {
                assertThat(folder.resolve("outbox").resolve("p" + i + ".txt")).hasContent("answer " + i);
            }
            assertThat(bill.billed()).as("items that the simulator answered").isEqualTo(PROMPTS);
            assertThat(books.of("SELECT state, count(*) FROM attempt GROUP BY state ORDER BY state"))
                    .as("attempts in the books: none open, none unknown")
                    .containsExactly("REJECTED " + (bill.items() - PROMPTS), "SETTLED " + PROMPTS);
            assertThat(books.of("SELECT sum(input_tokens), sum(output_tokens), sum(cost_micro_usd) FROM attempt"))
                    .as("tokens, and half of 2 and 10 micro-dollars for each")
                    .containsExactly(bill.tokens().input() + " " + bill.tokens().output() + " "
                            + (bill.tokens().input() + 5 * bill.tokens().output()));
            System.out.println(PROMPTS + " prompts, " + KILLS + " kills: " + bill + "; " + report());
        }
    }

    private void killedAtSomeMoment(Simulator simulator, Random random) {
        long before = progress(simulator);
        try (ChildJvm child = ChildJvm.start(
                BatchChild.class,
                folder.resolve("child.log"),
                simulator.url().toString(),
                folder.toString(),
                Integer.toString(SIZE),
                WAIT)) {
            Patience.until(() -> progress(simulator) != before || answered() == PROMPTS, PATIENCE, child::trouble);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(LONGEST_LIFE_MILLIS)));
        }
    }

    private long progress(Simulator simulator) {
        return simulator.bill().batches().created()
                + simulator.bill().callsOf("/v1/messages/batches/{id}/results")
                + count(folder.resolve("inbox").resolve(".done"))
                + answered();
    }

    private long answered() {
        return count(folder.resolve("outbox"));
    }

    private static long count(Path files) {
        try (Stream<Path> all = Files.list(files)) {
            return all.filter(file -> file.toString().endsWith(".txt")).count();
        } catch (IOException notYet) {
            return 0;
        }
    }

    private boolean isDone() {
        return rows("SELECT count(*) FROM prompt WHERE state <> 'answered'").equals(List.of("0"))
                && rows("SELECT count(*) FROM batch WHERE state <> 'done'").equals(List.of("0"));
    }

    private String report() {
        return rows("SELECT state, count(*) FROM prompt GROUP BY state") + ", batches "
                + rows("SELECT state, count(*) FROM batch GROUP BY state");
    }

    private List<String> rows(String query) {
        return BookRows.of(folder.resolve("data").resolve("batches.db"), query);
    }
}
