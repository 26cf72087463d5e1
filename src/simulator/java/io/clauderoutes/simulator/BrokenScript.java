package io.clauderoutes.simulator;

/** A script whose connection breaks when half of the reply's tokens are made. */
final class BrokenScript implements Script {

    private final Script whole;
    private int tokensLeft;
    private boolean broken;

    BrokenScript(Script whole, int tokens) {
        this.whole = whole;
        this.tokensLeft = tokens / 2;
    }

    @Override
    public boolean hasNext() {
        return !broken;
    }

    @Override
    public Step next() {
        if (tokensLeft <= 0 || !whole.hasNext()) {
            broken = true;
            return new Cut(Cut.How.CLOSE);
        }
        Step step = whole.next();
        if (step instanceof Bytes bytes) {
            tokensLeft -= bytes.tokens();
        }
        return step;
    }
}
