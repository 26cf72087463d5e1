package io.clauderoutes.ledger;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ledger.price.Consumption;
import io.clauderoutes.ledger.price.Cost;
import io.clauderoutes.ledger.price.PriceTable;
import io.clauderoutes.ledger.price.UsageTotals;
import io.clauderoutes.ledger.row.AttemptResult;
import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.RowTimes;
import io.clauderoutes.ledger.row.State;
import io.clauderoutes.ledger.row.Subject;
import io.clauderoutes.ledger.row.Tokens;
import io.clauderoutes.ledger.write.PendingRow;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.request.CallRecorder;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call in the ledger, from its intent to its outcome. */
final class LedgerEntry implements CallRecorder.Entry {

    private static final Logger LOG = LoggerFactory.getLogger(LedgerEntry.class);
    private static final int SERVER_ERROR = 500;
    private static final int OVERLOADED = 529;

    private final Ledger ledger;
    private final boolean acknowledged;
    private final Row intent;
    private final PriceTable prices;
    private final Budgets.Reservation reserved;
    private final Consumer<Supplier<Row>> started;
    private final UsageTotals tally;
    /** The last row, once the call is over. */
    private Optional<PendingRow> last = Optional.empty();

    private volatile OptionalLong cost = OptionalLong.empty();
    private volatile String requestId = "";
    private volatile String strategy = "";

    /**
     * A call in the ledger.
     *
     * @param acknowledged whether the end of the call waits until it is on the disk
     * @param intent its first row
     * @param batch whether it is part of a batch, so that it is priced as such
     * @param started takes a row for the begin of the response, which it asks for if the call takes long
     */
    LedgerEntry(
            Ledger ledger,
            boolean acknowledged,
            Row intent,
            boolean batch,
            PriceTable prices,
            Budgets.Reservation reserved,
            Consumer<Supplier<Row>> started) {
        this.ledger = ledger;
        this.acknowledged = acknowledged;
        this.intent = intent;
        this.prices = prices;
        this.reserved = reserved;
        this.started = started;
        this.tally = new UsageTotals(intent.subject().model(), batch);
    }

    long number() {
        return intent.id().number();
    }

    /** Waits until the intent is on the disk. */
    void intend() {
        ledger.queue().await(ledger.queue().append(intent, true));
    }

    @Override
    public void requestId(String id) {
        requestId = id;
    }

    @Override
    public void strategy(String choice) {
        strategy = choice;
    }

    @Override
    public void started() {
        long atMillis = ledger.nowMillis();
        started.accept(
                () -> row(State.STARTED, atMillis, intent.subject().model(), Tokens.UNKNOWN, Optional.empty(), ""));
    }

    @Override
    public void saw(StreamEvent event) {
        tally.saw(event);
        if (event.isEnd()) {
            close(State.SETTLED, tally.used(), "");
        }
    }

    @Override
    public void ended() {
        if (last.isEmpty()) {
            brokeOff("the reply was not read to its end");
        }
        awaitLast();
    }

    @Override
    public void failed(ClaudeException failure, boolean sent) {
        if (last.isEmpty()) {
            if (!sent) {
                close(State.REJECTED, nothing(), "not sent: " + failure.type());
            } else if (!tally.isInputKnown() && isRefusal(failure.error())) {
                close(State.REJECTED, nothing(), failure.status() + " " + failure.type());
            } else {
                brokeOff(failure.status() + " " + failure.type());
            }
        }
        awaitLast();
    }

    /** Whether the API itself said no. What stands before it may fail while the API goes on, and bills. */
    private static boolean isRefusal(ApiError error) {
        boolean fromOutside =
                error.response().body().isPresent() || error.requestId().isPresent();
        boolean fromTheApi = error.status() < SERVER_ERROR
                || error.status() == SERVER_ERROR
                || error.status() == OVERLOADED
                || error.requestId().isPresent();
        return fromOutside && fromTheApi;
    }

    private void brokeOff(String reason) {
        if (tally.isInputKnown()) {
            close(State.ABORTED, tally.usedSoFar(), reason);
        } else {
            close(State.UNKNOWN, Consumption.of(tally.model(), Tokens.UNKNOWN), reason);
        }
    }

    private Consumption nothing() {
        return Consumption.of(tally.model(), Tokens.UNKNOWN);
    }

    private void close(State state, Consumption used, String reason) {
        Optional<Cost> known = state == State.REJECTED
                ? Optional.empty()
                : prices.cost(used, Instant.ofEpochMilli(intent.times().begunMillis()));
        known.ifPresent(its -> cost = OptionalLong.of(its.microUsd()));
        // A call that may have been billed keeps its whole reservation; the row keeps it over a restart.
        reserved.settle(state == State.REJECTED ? OptionalLong.of(0) : cost);
        Row row = row(state, ledger.nowMillis(), tally.model(), used.tokens(), known, reason);
        last = Optional.of(ledger.queue().append(row, acknowledged));
    }

    private Row row(State state, long atMillis, String model, Tokens tokens, Optional<Cost> known, String reason) {
        Subject subject = intent.subject();
        Row row = new Row(
                intent.id(),
                state,
                new RowTimes(atMillis, intent.times().begunMillis()),
                new Subject(subject.tenant(), subject.source(), model, subject.endpoint()),
                intent.position(),
                new AttemptResult(
                        requestId,
                        tokens,
                        known.map(its -> OptionalLong.of(its.microUsd()))
                                .orElse(state == State.UNKNOWN ? reserved.microUsd() : OptionalLong.empty()),
                        known.map(its -> its.priceFrom().toString()).orElse(""),
                        reason,
                        ""));
        return strategy.isEmpty() ? row : row.withStrategy(strategy);
    }

    /**
     * The answer was paid for, so it is handed on in any case: a row that cannot be written waits in the writer. Where nobody
     * acknowledges the prompt, nobody waits either: should the power go before the row is on the disk, or the process be killed
     * before the operating system has it, the call is one of those that are {@code UNKNOWN} at the next start.
     */
    private void awaitLast() {
        if (acknowledged && last.isPresent()) {
            try {
                ledger.queue().await(last.get());
            } catch (ClaudeException unwritten) {
                LOG.error("prompt {}: {}", intent.position().prompt(), unwritten.getMessage());
            }
        }
    }

    @Override
    public OptionalLong costMicroUsd() {
        return cost;
    }
}
