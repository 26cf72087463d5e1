package io.clauderoutes.ledger.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.TestRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a killed process would leave behind is what the files hold at any moment. */
class JournalTest {

    @TempDir
    private Path data;

    private Path store;
    private Journal journal;

    @BeforeEach
    void open() throws IOException {
        store = data.resolve("ledger.db");
        journal = new Journal(store, true, Duration.ofSeconds(10), () -> 0);
    }

    @AfterEach
    void close() {
        journal.close();
    }

    private static Row row(long number) {
        return TestRows.intent("run", number, Instant.EPOCH);
    }

    private static List<Row> rows(long from, long to) {
        return LongStream.range(from, to).mapToObj(JournalTest::row).toList();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> found = Files.list(data)) {
            return found.sorted().toList();
        }
    }

    @Test
    void a_row_is_on_the_disk_when_it_was_appended() throws IOException {
        append(row(1));
        append(row(2));

        assertThat(Journal.left(store)).containsExactly(row(1), row(2));
    }

    @Test
    void a_row_that_nobody_waits_for_outlives_the_process_at_once() throws IOException {
        append(row(1));
        journal.append(row(2));

        assertThat(Journal.left(store)).containsExactly(row(1), row(2));
    }

    @Test
    void the_same_is_true_where_nobody_waits_for_the_disk() throws IOException {
        Path other = data.resolve("other.db");
        try (Journal unsynced = new Journal(other, false, Duration.ofSeconds(10), () -> 0)) {
            unsynced.append(row(1)).sync();
            unsynced.append(row(2));

            assertThat(Journal.left(other)).containsExactly(row(1), row(2));
        }
    }

    @Test
    void a_row_at_the_end_of_a_file_is_whole_in_it_or_in_the_next() throws IOException {
        List<Row> all = rows(0, 6_000);
        for (Row row : all) {
            journal.append(row);
        }

        assertThat(files()).hasSizeGreaterThan(1);
        assertThat(Journal.left(store)).containsExactlyElementsOf(all);
    }

    @Test
    void every_row_that_several_append_at_once_is_there() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(4);
        try {
            for (long round = 1; round <= 300; round++) {
                callers.invokeAll(rows(4 * (round - 1), 4 * round).stream()
                        .map(row -> Executors.callable(() -> appended(row)))
                        .toList());

                assertThat(Journal.left(store)).hasSize(4 * (int) round);
            }
        } finally {
            callers.shutdown();
        }
    }

    @Test
    void an_interrupted_thread_gets_its_row_to_the_disk_and_stays_interrupted() throws IOException {
        Thread.currentThread().interrupt();
        append(row(1));
        assertThat(Thread.interrupted()).isTrue();

        append(row(2));

        assertThat(Journal.left(store)).containsExactly(row(1), row(2));
    }

    @Test
    void every_row_of_many_callers_is_there_once() throws IOException {
        List<CompletableFuture<Void>> callers = IntStream.range(0, 16)
                .mapToObj(caller -> CompletableFuture.runAsync(
                        () -> rows(caller * 100L, caller * 100L + 100).forEach(this::appended)))
                .toList();
        callers.forEach(CompletableFuture::join);

        assertThat(Journal.left(store)).containsExactlyInAnyOrderElementsOf(rows(0, 1600));
    }

    private Journal.Place append(Row row) throws IOException {
        Journal.Place place = journal.append(row);
        place.sync();
        return place;
    }

    private void appended(Row row) {
        try {
            append(row);
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Test
    void what_was_cut_off_is_no_row_wherever_it_is_cut() throws IOException {
        append(row(1));
        byte[] one = Files.readAllBytes(files().get(0));
        append(row(2));
        byte[] two = Files.readAllBytes(files().get(0));
        int from = Arrays.mismatch(one, two);
        int to = two.length;
        while (two[to - 1] == 0) {
            to--;
        }

        for (int cut = from; cut < to; cut++) {
            byte[] torn = two.clone();
            Arrays.fill(torn, cut, to, (byte) 0);
            Files.write(files().get(0), torn);
            assertThat(Journal.left(store)).as("cut at %d", cut).containsExactly(row(1));
        }
    }

    @Test
    void a_file_is_used_again_when_the_store_has_its_rows_and_what_it_held_is_no_row_any_more() throws IOException {
        for (int turn = 0; turn < 3; turn++) {
            written(rows(turn * 5_000L, turn * 5_000L + 5_000)).forEach(Journal.Place::release);
        }
        int files = files().size();

        List<Row> last = rows(20_000, 20_100);
        written(last);

        assertThat(files()).hasSize(files);
        assertThat(Journal.left(store)).endsWith(last.get(last.size() - 1)).doesNotHaveDuplicates();
    }

    /** A hundred at a time, for each wait for the disk takes long. */
    private List<Journal.Place> written(List<Row> rows) throws IOException {
        List<Journal.Place> stored = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            stored.add(i % 100 == 99 ? append(rows.get(i)) : journal.append(rows.get(i)));
        }
        return stored;
    }

    @Test
    void no_row_that_the_store_lacks_is_written_over() throws IOException {
        List<Row> all = rows(0, 20_000);

        written(all);

        assertThat(Journal.left(store)).containsExactlyElementsOf(all);
    }

    @Test
    void nothing_is_left_when_it_was_forgotten() throws IOException {
        append(row(1));
        journal.close();

        Journal.forget(store);

        assertThat(files()).isEmpty();
    }
}
