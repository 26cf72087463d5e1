package io.clauderoutes.ledger.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.TestRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A row is safe when it is in the journal, or in the store where the journal does not take it. */
class WriteQueueTest {

    private static final Duration AT_ONCE = Duration.ZERO;
    private static final Duration LONG = Duration.ofMinutes(1);

    private final AtomicLong now = new AtomicLong();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final WriteQueue queue = new WriteQueue(true, now::get);

    @AfterEach
    void stop() {
        queue.closeJournal();
        threads.shutdownNow();
    }

    private static Row row(long number) {
        return TestRows.intent("run", number, Instant.EPOCH);
    }

    private void pass(long seconds) {
        now.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }

    private static List<Row> rows(List<WriteQueue.Item> items) {
        return items.stream().map(item -> ((PendingRow) item).row()).toList();
    }

    private void store(List<WriteQueue.Item> items) {
        items.forEach(item -> ((PendingRow) item).markStored());
        queue.removeDone();
    }

    private CompletableFuture<Void> awaited(PendingRow row) {
        return CompletableFuture.runAsync(() -> queue.await(row), threads);
    }

    @Nested
    class Without_a_journal {

        @Test
        void rows_stay_in_their_order_until_the_store_has_them() throws InterruptedException {
            queue.append(row(1), true);
            queue.append(row(2), false);
            queue.append(row(3), true);

            assertThat(rows(queue.next(AT_ONCE))).containsExactly(row(1), row(2), row(3));
            store(queue.next());
            assertThat(queue.next()).isEmpty();
        }

        @Test
        void a_call_waits_until_the_store_has_its_row() throws Exception {
            PendingRow pending = queue.append(row(1), true);
            CompletableFuture<Void> call = awaited(pending);
            List<WriteQueue.Item> items = queue.next(LONG);
            assertThat(call).isNotDone();

            store(items);

            assertThat(call).succeedsWithin(LONG);
        }

        @Test
        void nobody_waits_for_ever_for_a_store_that_hangs() throws InterruptedException {
            PendingRow atWork = queue.append(row(1), true);
            queue.next(AT_ONCE);
            pass(9);
            PendingRow late = queue.append(row(2), true);
            pass(2);

            queue.giveUpOnStuck();

            assertThat(atWork.stored()).isCompletedExceptionally();
            assertThat(late.stored()).isNotDone();
            assertThat(atWork.markStored())
                    .as("somebody had waited, and given up")
                    .isTrue();
            assertThat(late.markStored()).isFalse();
        }

        @Test
        void an_interrupted_wait_ends_and_its_row_gets_an_end_when_it_is_stored() {
            PendingRow pending = queue.append(row(1), true);
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> queue.await(pending)).hasMessageContaining("was interrupted");

            assertThat(Thread.interrupted()).isTrue();
            assertThat(pending.markStored()).isTrue();
        }

        @Test
        void a_row_for_a_closed_ledger_is_refused_whether_it_came_before_or_after() {
            PendingRow before = queue.append(row(1), true);
            queue.close();
            PendingRow after = queue.append(row(2), true);

            assertThatThrownBy(() -> queue.await(before)).hasMessageContaining("it was closed");
            assertThatThrownBy(() -> queue.await(after)).hasMessageContaining("it was closed");
        }
    }

    @Nested
    class While_the_store_takes_no_rows {

        @Test
        void calls_are_refused_and_other_rows_stay() {
            PendingRow intent = queue.append(row(1), true);
            Row ended = TestRows.settled("run", 2, Instant.EPOCH);
            PendingRow end = queue.append(ended, true);

            List<Row> refused = queue.refuse(WriteQueue.unavailable("no room"));

            assertThat(refused).containsExactly(row(1));
            assertThatThrownBy(() -> queue.await(intent)).hasMessageContaining("no room");
            queue.await(end);
            assertThat(rows(queue.next())).containsExactly(ended);
        }

        @Test
        void who_only_looks_does_not_wait() {
            queue.storeTakesRows(false);

            queue.awaitStored();

            assertThat(queue.size()).isZero();
        }

        @Test
        void work_on_the_store_is_kept_though_nobody_waits_for_it_any_more() throws Exception {
            queue.appendWork(store -> {});

            queue.refuse(WriteQueue.unavailable("no room"));

            assertThat(queue.size()).isOne();
        }

        @Test
        void the_queue_does_not_grow_without_end() {
            queue.storeTakesRows(false);
            for (long number = 0; number < 100_001; number++) {
                queue.append(row(number), false);
            }

            assertThat(queue.size()).isEqualTo(100_000);
            assertThat(queue.hasLost()).isTrue();
        }
    }

    @Nested
    class With_a_journal {

        /** So long that a file of the journal has no room for this many rows. */
        private static final String RUN = "r".repeat(50_000);

        private static final long MANY = 30;

        @TempDir
        private Path folder;

        private Path data;

        @BeforeEach
        void begin() throws IOException {
            data = Files.createDirectory(folder.resolve("data"));
            queue.beginJournal(data.resolve("ledger.db"));
        }

        private Row longRow(long number) {
            return TestRows.intent(RUN, number, Instant.EPOCH);
        }

        /** Until the journal's file is full, and its next one cannot be made, for its folder is none any more. */
        private PendingRow appendUntilOneIsNotTaken() throws IOException {
            Files.move(data, folder.resolve("moved"));
            Files.createFile(data);
            for (long number = 1; number <= MANY; number++) {
                PendingRow pending = queue.append(longRow(number), true);
                if (pending.place().isEmpty()) {
                    return pending;
                }
                queue.await(pending);
            }
            throw new AssertionError("the journal took all of them");
        }

        @Test
        void a_row_in_it_waits_for_no_store() throws Exception {
            queue.await(queue.append(row(1), true));

            assertThat(Journal.left(data.resolve("ledger.db"))).containsExactly(row(1));
            assertThat(rows(queue.next())).containsExactly(row(1));
        }

        @Test
        void a_row_that_costs_nothing_when_it_is_lost_is_not_in_it() throws Exception {
            queue.append(TestRows.hit("run", 1, Instant.EPOCH), false);

            assertThat(Journal.left(data.resolve("ledger.db"))).isEmpty();
        }

        @Test
        void an_intent_is_not_in_it_while_the_store_takes_no_rows() throws Exception {
            queue.storeTakesRows(false);

            PendingRow intent = queue.append(row(1), true);
            queue.append(TestRows.settled("run", 2, Instant.EPOCH), false);

            assertThat(intent.place()).isEmpty();
            assertThat(Journal.left(data.resolve("ledger.db")))
                    .containsExactly(TestRows.settled("run", 2, Instant.EPOCH));
        }

        @Test
        void a_row_that_it_does_not_take_is_waited_for_until_the_store_has_it() throws Exception {
            PendingRow pending = appendUntilOneIsNotTaken();
            CompletableFuture<Void> call = awaited(pending);
            List<WriteQueue.Item> items = queue.next(LONG);
            assertThat(call).isNotDone();

            store(items);

            assertThat(call).succeedsWithin(LONG);
        }

        @Test
        void the_call_is_not_made_if_the_store_does_not_take_it_either() throws Exception {
            CompletableFuture<Void> call = awaited(appendUntilOneIsNotTaken());

            queue.refuse(WriteQueue.unavailable("no room"));

            assertThat(catchThrowable(call::join))
                    .hasCauseInstanceOf(ClaudeException.Unavailable.class)
                    .hasMessageContaining("no room");
        }

        @Test
        void rows_that_the_store_has_make_room_for_others_also_after_one_that_was_not_taken() throws Exception {
            appendUntilOneIsNotTaken();
            store(queue.next());

            PendingRow next = queue.append(longRow(MANY + 1), true);

            assertThat(next.place()).isPresent();
            queue.await(next);
        }
    }
}
