package io.clauderoutes.ledger.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.TestRows;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WriteQueueTest {

    private static final Duration AT_ONCE = Duration.ZERO;

    private final AtomicLong now = new AtomicLong();
    private final WriteQueue backlog = new WriteQueue(now::get);

    private static Row row(long number) {
        return TestRows.intent("run", number, Instant.EPOCH);
    }

    private void pass(long seconds) {
        now.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }

    @Test
    void all_that_waits_is_taken_out_together_and_once() throws InterruptedException {
        CompletableFuture<Void> one = backlog.append(row(1));
        backlog.appendUnhurried(row(2), () -> {});
        CompletableFuture<Void> another = backlog.append(row(3));

        assertThat(backlog.take(AT_ONCE).rows()).containsExactly(row(2), row(1), row(3));
        assertThat(backlog.take(AT_ONCE).rows()).isEmpty();
        assertThat(List.of(one, another)).noneMatch(CompletableFuture::isDone);
    }

    @Test
    void a_row_for_later_comes_after_a_second() throws InterruptedException {
        backlog.appendLater(row(1), () -> false);
        assertThat(backlog.take(AT_ONCE).rows()).isEmpty();

        pass(1);

        assertThat(backlog.take(AT_ONCE).rows()).containsExactly(row(1));
    }

    @Test
    void a_row_for_later_never_comes_where_it_is_needless_by_then() throws InterruptedException {
        AtomicBoolean needless = new AtomicBoolean();
        backlog.appendLater(row(1), needless::get);
        needless.set(true);
        pass(1);

        assertThat(backlog.take(AT_ONCE).rows()).isEmpty();
    }

    @Test
    void who_only_looks_goes_on_when_what_came_before_is_done() throws InterruptedException {
        CompletableFuture<Void> looker = CompletableFuture.runAsync(backlog::awaitStored);
        WriteQueue.Work work = backlog.take(AT_ONCE);
        while (work.looking().isEmpty()) {
            work = backlog.take(Duration.ofMillis(1));
        }
        assertThat(looker).isNotDone();

        backlog.done(work);

        assertThat(looker).succeedsWithin(Duration.ofSeconds(60));
    }

    @Test
    void nobody_waits_for_ever_for_a_store_that_hangs() throws InterruptedException {
        CompletableFuture<Void> atWork = backlog.append(row(1));
        backlog.take(AT_ONCE);
        CompletableFuture<Void> behindIt = backlog.append(row(2));
        pass(9);
        CompletableFuture<Void> late = backlog.append(row(3));
        pass(2);

        backlog.giveUpOnStuck();

        assertThatThrownBy(() -> WriteQueue.await(atWork)).hasMessageContaining("has not answered for 10 s");
        assertThatThrownBy(() -> WriteQueue.await(behindIt)).isInstanceOf(ClaudeException.Unavailable.class);
        assertThat(late).isNotDone();
    }

    @Test
    void an_interrupted_wait_ends_and_is_told_on() {
        CompletableFuture<Void> written = backlog.append(row(1));
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> WriteQueue.await(written)).hasMessageContaining("was interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void a_row_for_closed_books_is_refused_whether_it_came_before_or_after() {
        CompletableFuture<Void> before = backlog.append(row(1));
        backlog.close();
        CompletableFuture<Void> after = backlog.append(row(2));

        assertThatThrownBy(() -> WriteQueue.await(before)).hasMessageContaining("it was closed");
        assertThatThrownBy(() -> WriteQueue.await(after)).hasMessageContaining("it was closed");
    }
}
