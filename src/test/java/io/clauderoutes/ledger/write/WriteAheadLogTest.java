package io.clauderoutes.ledger.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.TestRows;
import io.clauderoutes.support.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A call is made when its intent is in the journal, or in the store where the journal takes nothing. */
class WriteAheadLogTest {

    private static final Duration LONG = Duration.ofMinutes(1);
    /** So long that a file of the journal has no room for this many rows. */
    private static final String RUN = "r".repeat(50_000);

    private static final long MANY = 20;

    @TempDir
    private Path folder;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final WriteQueue backlog = new WriteQueue(() -> 0);
    private final WriteAheadLog ahead = new WriteAheadLog(backlog, threads, true, () -> 0);
    private Path data;

    @BeforeEach
    void begin() throws IOException {
        data = Files.createDirectory(folder.resolve("data"));
        ahead.begin(data.resolve("ledger.db"));
    }

    @AfterEach
    void stop() {
        ahead.close();
        threads.shutdownNow();
    }

    private static Row row(long number) {
        return TestRows.intent(RUN, number, Instant.EPOCH);
    }

    /** The journal's next file cannot be made, for its folder is none any more. */
    private void leaveNoRoom() throws IOException {
        Files.move(data, folder.resolve("moved"));
        Files.createFile(data);
    }

    /** Until the journal's file is full, and its next one cannot be made. */
    private CompletableFuture<Void> intendedUntilOneWaits() throws Exception {
        leaveNoRoom();
        for (long number = 1; number <= MANY; number++) {
            Row row = row(number);
            CompletableFuture<Void> intended = CompletableFuture.runAsync(() -> ahead.intend(row), threads);
            Patience.until(
                    () -> intended.isDone() || !backlog.isNobodyWaiting(), LONG, () -> "neither written nor waiting");
            if (!intended.isDone()) {
                return intended;
            }
            intended.get();
        }
        throw new AssertionError("the journal took all of them");
    }

    @Test
    void a_row_that_the_journal_has_waits_for_no_store() throws Exception {
        ahead.intend(row(1));

        assertThat(Journal.left(data.resolve("ledger.db"))).containsExactly(row(1));
        assertThat(backlog.isNobodyWaiting()).isTrue();
        assertThat(backlog.take(Duration.ZERO).rows()).containsExactly(row(1));
    }

    @Test
    void one_that_it_does_not_take_is_waited_for_until_the_store_has_it() throws Exception {
        CompletableFuture<Void> intended = intendedUntilOneWaits();

        WriteQueue.Work work = backlog.take(Duration.ZERO);
        assertThat(work.waiting()).hasSize(1);
        assertThat(intended).isNotDone();
        work.waiting().get(0).written().complete(null);

        Patience.until(intended::isDone, LONG, () -> "it still waits");
        assertThat(intended).isCompleted();
    }

    @Test
    void the_call_is_not_made_if_the_store_does_not_take_it_either() throws Exception {
        CompletableFuture<Void> intended = intendedUntilOneWaits();

        backlog.take(Duration.ZERO).waiting().get(0).written().completeExceptionally(WriteQueue.unavailable("no room"));

        assertThat(catchThrowable(intended::join))
                .hasCauseInstanceOf(ClaudeException.Unavailable.class)
                .hasMessageContaining("no room");
    }

    @Test
    void rows_that_the_store_has_make_room_for_others_also_after_one_that_was_not_taken() throws Exception {
        CompletableFuture<Void> intended = intendedUntilOneWaits();
        WriteQueue.Work work = backlog.take(Duration.ZERO);
        work.beside().forEach(one -> one.stored().run());
        work.waiting().forEach(one -> one.written().complete(null));
        intended.join();

        ahead.intend(row(MANY + 1));

        assertThat(backlog.take(Duration.ZERO))
                .satisfies(next -> assertThat(next.waiting()).isEmpty())
                .satisfies(next -> assertThat(next.rows()).isEqualTo(List.of(row(MANY + 1))));
    }
}
