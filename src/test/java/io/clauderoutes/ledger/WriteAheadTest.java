package io.clauderoutes.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the rows of a call go before somebody goes on. The store is whoever takes from the backlog. */
class WriteAheadTest {

    private static final Row INTENT = TestRows.intent("run", 1, Instant.EPOCH);
    private static final Row SETTLED = TestRows.settled("run", 1, Instant.EPOCH);
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private Path data;

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Backlog backlog = new Backlog(() -> 0);
    private final WriteAhead ahead = new WriteAhead(backlog, thread, () -> 0);

    @AfterEach
    void close() {
        ahead.close();
        thread.shutdownNow();
    }

    private Path store() {
        return data.resolve("ledger.db");
    }

    @Test
    void an_intent_is_in_the_journal_before_its_call_is_made_and_on_its_way_to_the_store() throws Exception {
        ahead.begin(store());

        ahead.intend(INTENT);

        assertThat(Journal.left(store())).containsExactly(INTENT);
        assertThat(backlog.take(Duration.ZERO).rows()).containsExactly(INTENT);
    }

    @Test
    void an_end_is_told_to_be_stored_when_the_store_has_it() throws Exception {
        ahead.begin(store());
        CompletableFuture<Void> stored = new CompletableFuture<>();

        ahead.end(SETTLED, true, () -> stored.complete(null)).await();

        assertThat(Journal.left(store())).containsExactly(SETTLED);
        assertThat(stored).isNotDone();
        backlog.take(Duration.ZERO).beside().forEach(one -> one.stored().run());
        assertThat(stored).isDone();
    }

    @Test
    void while_the_store_is_gone_it_says_whether_a_call_is_made() throws Exception {
        ahead.begin(store());
        ahead.storeIsThere(false);
        CompletableFuture<Void> call = CompletableFuture.runAsync(() -> ahead.intend(INTENT));

        Backlog.Work work = backlog.take(LONG);

        assertThat(Journal.left(store())).isEmpty();
        work.waiting().forEach(one -> one.written().completeExceptionally(Backlog.unavailable("it is full")));
        assertThat(call).failsWithin(LONG).withThrowableThat().withMessageContaining("it is full");
    }

    @Test
    void without_room_for_a_journal_calls_wait_for_the_store() throws IOException, InterruptedException {
        Path file = Files.writeString(data.resolve("file"), "not a folder");
        ahead.begin(file.resolve("ledger.db"));
        CompletableFuture<Void> call = CompletableFuture.runAsync(() -> ahead.intend(INTENT));

        Backlog.Work work = backlog.take(LONG);

        assertThat(ahead.hasBegun()).isFalse();
        assertThat(work.rows()).containsExactly(INTENT);
        assertThat(call).isNotDone();
        work.waiting().forEach(one -> one.written().complete(null));
        assertThat(call).succeedsWithin(LONG);
    }
}
