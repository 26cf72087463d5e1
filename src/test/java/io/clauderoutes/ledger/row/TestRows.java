package io.clauderoutes.ledger.row;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/** Rows as calls write them: of tenant acme, 10 tokens in, 4 out, 60 micro-dollars. */
public final class TestRows {

    private TestRows() {}

    public static Row intent(String run, long number, Instant begun) {
        return row(run, number, State.INTENT, begun, Tokens.UNKNOWN, OptionalLong.empty());
    }

    public static Row settled(String run, long number, Instant begun) {
        return row(run, number, State.SETTLED, begun, Tokens.of(10, 4), OptionalLong.of(60));
    }

    public static Row hit(String run, long number, Instant begun) {
        return row(run, number, State.HIT, begun, Tokens.UNKNOWN, OptionalLong.empty());
    }

    private static Row row(String run, long number, State state, Instant begun, Tokens tokens, OptionalLong cost) {
        return new Row(
                new RowId(run, number),
                state,
                new RowTimes(begun.toEpochMilli(), begun.toEpochMilli()),
                new Subject("acme", "direct", "claude-sonnet-5-5", "primary"),
                new AttemptPosition("prompt-" + run + "-" + number, Optional.empty(), 1, 1),
                new AttemptResult("", tokens, cost, cost.isPresent() ? "2026-10-07" : "", "", ""));
    }
}
