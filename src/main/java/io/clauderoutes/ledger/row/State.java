package io.clauderoutes.ledger.row;

/** What became of an attempt. Each is a row of its own; the row with the highest step tells how the attempt stands. */
public enum State {
    /** Written before the first byte leaves. */
    INTENT(0),
    /** The head of a good response came. */
    STARTED(1),
    /** It ended by itself, with the API's last word on its tokens. */
    SETTLED(2),
    /** It broke off after its input was known; its output is estimated from what was seen. */
    ABORTED(2),
    /** It may have been billed; for how many tokens is unknown. */
    UNKNOWN(2),
    /** The API refused it, or it was never reached; nothing is billed. */
    REJECTED(2),
    /** No attempt at all: answered from the reply cache. */
    HIT(2),
    /** No attempt at all: shared the call of an identical request. */
    JOINED(2);

    private final int step;

    State(int step) {
        this.step = step;
    }

    /** Its place in an attempt's life; there is one row at most for each. */
    public int step() {
        return step;
    }

    /** Whether a call was made, and is over. */
    public boolean endsCall() {
        return isFinal() && this != HIT && this != JOINED;
    }

    /** Whether no row follows. */
    public boolean isFinal() {
        return step == UNKNOWN.step;
    }
}
