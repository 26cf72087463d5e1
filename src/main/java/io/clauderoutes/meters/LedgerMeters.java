package io.clauderoutes.meters;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The ledger. */
public final class LedgerMeters {

    private final AtomicInteger differences = new AtomicInteger();
    private final MeterSeries series;

    LedgerMeters(MeterSeries series) {
        this.series = series;
    }

    /**
     * {@code claude.ledger.available}: 1 while the ledger is written, 0 while it cannot be; {@code claude.ledger.open}: calls
     * whose last row is not written yet.
     */
    public void state(Supplier<Number> available, Supplier<Number> open) {
        series.gauge("claude.ledger.available", "1 while the ledger is written", available);
        series.gauge(
                "claude.ledger.differences", "hours and models in which the API's report differed", differences::get);
        series.gauge("claude.ledger.open", "calls whose last row is not written yet", open);
    }

    /** Rows are safe: {@code claude.ledger.rows{state}}. It moves for rows that were spilled, too. */
    public void rows(Stream<String> states) {
        states.forEach(
                state -> series.counter("claude.ledger.rows", "state", state).increment());
    }

    /** Attempts that ended were taken by the endpoint that they are exported to: {@code claude.ledger.exported}. */
    public void exported(int attempts) {
        series.counter("claude.ledger.exported").increment(attempts);
    }

    /**
     * The ledger was compared with the API's report: {@code claude.ledger.reconciliations{result}}, result {@code agrees}, {@code
     * differs} or {@code failed}, and {@code claude.ledger.differences}: hours and models that differed in the last one that did
     * not fail. It does not tell by how much.
     */
    public void reconciled(Optional<Integer> hours) {
        hours.ifPresent(differences::set);
        series.counter(
                        "claude.ledger.reconciliations",
                        "result",
                        hours.map(count -> count == 0 ? "agrees" : "differs").orElse("failed"))
                .increment();
    }

    /** What waited was committed together: {@code claude.ledger.commit}. */
    public void committed(Duration took) {
        series.timer("claude.ledger.commit").record(took);
    }
}
