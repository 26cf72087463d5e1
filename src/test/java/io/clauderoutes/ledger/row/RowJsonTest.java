package io.clauderoutes.ledger.row;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rows on their way through the journal and the spill file. */
class RowJsonTest {

    private final RowJson json = new RowJson();

    @Test
    void a_row_comes_back_as_it_was() throws IOException {
        Row plain = TestRows.settled("run", 1, Instant.EPOCH);
        Row named = TestRows.intent("run", 2, Instant.EPOCH).with(new ClientIds("mine-9", "00-a-b-01"));

        assertThat(json.rows(json.lines(List.of(plain, named)))).containsExactly(plain, named);
    }
}
