package io.clauderoutes.simulator;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/** A script into which a fault breaks after some deltas, or at the latest before the answer's end. */
final class FaultedScript implements Script {

    private final ReplyScript whole;
    private final Fault.Within fault;
    private final Strike strike;
    private final Deque<Step> held = new ArrayDeque<>(1);
    private Iterator<Step> inserted = Collections.emptyIterator();
    private int deltas;
    private boolean struck;
    private boolean cut;

    FaultedScript(ReplyScript whole, Fault.Within fault) {
        this.whole = whole;
        this.fault = fault;
        this.strike = new Strike(whole);
    }

    @Override
    public boolean hasNext() {
        return inserted.hasNext() || (!cut && (!held.isEmpty() || whole.hasNext()));
    }

    @Override
    public Step next() {
        if (inserted.hasNext()) {
            Step step = inserted.next();
            cut = step instanceof Cut;
            return step;
        }
        Step step = held.isEmpty() ? whole.next() : held.remove();
        if (struck || !(step instanceof Bytes bytes)) {
            return step;
        }
        boolean due = bytes.part() == Part.DELTA && deltas >= fault.afterDeltas();
        if (due || bytes.part() == Part.END) {
            struck = true;
            held.add(step);
            inserted = fault.choose(strike);
            return next();
        }
        deltas += bytes.part() == Part.DELTA ? 1 : 0;
        return step;
    }

    /** What each fault puts into the answer. */
    private record Strike(ReplyScript answer) implements Fault.Within.Cases<Iterator<Step>> {

        @Override
        public Iterator<Step> reset(Fault.Reset reset) {
            return List.<Step>of(new Cut(Cut.How.RESET)).iterator();
        }

        @Override
        public Iterator<Step> end(Fault.End end) {
            return List.<Step>of(new Cut(Cut.How.END)).iterator();
        }

        @Override
        public Iterator<Step> error(Fault.ErrorEvent error) {
            return List.of(bytes(answer.error(error.type(), error.message())), new Cut(Cut.How.END))
                    .iterator();
        }

        @Override
        public Iterator<Step> junk(Fault.Junk junk) {
            return List.of(bytes(answer.junk())).iterator();
        }

        @Override
        public Iterator<Step> unknownEvent(Fault.UnknownEvent unknown) {
            return List.of(bytes(answer.unknown())).iterator();
        }

        @Override
        public Iterator<Step> stall(Fault.Stall stall) {
            return List.<Step>of(new Silence(stall.duration())).iterator();
        }

        @Override
        public Iterator<Step> hugeLine(Fault.HugeLine line) {
            return new LongLine(answer, line.bytes());
        }

        private static Step bytes(byte[] bytes) {
            return new Bytes(bytes, Part.BEGINNING, 0);
        }
    }
}
