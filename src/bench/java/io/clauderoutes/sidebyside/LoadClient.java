package io.clauderoutes.sidebyside;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A closed loop: each caller sends its next request when it has the answer to the last one. One thread drives all of them
 * from prepared requests.
 */
final class LoadClient {

    private static final int READ = 256 * 1024;
    private static final long DRAIN_MILLIS = 10_000;

    private final ByteBuffer buffer = ByteBuffer.allocate(READ);
    private long number;

    /**
     * What one cell is.
     *
     * @param leadMillis time before the measured part begins
     * @param measuredMillis length of the measured part
     */
    record Cell(Contender contender, Load load, int callers, long leadMillis, long measuredMillis) {}

    /**
     * What one cell gave.
     *
     * @param calls sent in all, those outside of the measured part included
     * @param nanos length of the measured part
     */
    record Run(Tally tally, long calls, long nanos) {}

    /** Runs one cell. */
    Run run(Cell cell, Phases phases) throws IOException {
        try (Selector selector = Selector.open()) {
            RequestBytes request = new RequestBytes(
                    cell.contender().port(),
                    cell.contender().headers(),
                    cell.load().stream(),
                    cell.load().wish(cell.callers()));
            List<Caller> callers = new ArrayList<>();
            long firstNumber = number;
            for (int i = 0; i < cell.callers(); i++) {
                callers.add(new Caller(cell.contender().port(), selector, cell.load().stream()));
            }
            for (Caller caller : callers) {
                caller.call(next(cell, request));
            }
            loop(selector, cell, request, new Tally(), cell.leadMillis());
            Tally tally = new Tally();
            phases.begin();
            long begun = System.nanoTime();
            loop(selector, cell, request, tally, cell.measuredMillis());
            long nanos = System.nanoTime() - begun;
            phases.end();
            drain(selector, callers, new Tally());
            callers.forEach(Caller::close);
            return new Run(tally, number - firstNumber, nanos);
        }
    }

    /** So many calls one after the other, all of them measured. */
    Tally sequence(Contender contender, Load load, int calls) throws IOException {
        Cell cell = new Cell(contender, load, 1, 0, 0);
        Tally tally = new Tally();
        try (Selector selector = Selector.open()) {
            RequestBytes request = new RequestBytes(contender.port(), contender.headers(), load.stream(), load.wish(1));
            Caller caller = new Caller(contender.port(), selector, load.stream());
            for (int i = 0; i < calls; i++) {
                caller.call(next(cell, request));
                drain(selector, List.of(caller), tally);
            }
            caller.close();
        }
        return tally;
    }

    private ByteBuffer next(Cell cell, RequestBytes request) {
        number++;
        return request.numbered(cell.contender().unique() ? number : 0);
    }

    private void loop(Selector selector, Cell cell, RequestBytes request, Tally tally, long millis) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        long left = millis;
        while (left > 0) {
            selector.select(left);
            for (SelectionKey key : selector.selectedKeys()) {
                Caller caller = (Caller) key.attachment();
                if (key.isValid() && caller.read(buffer, tally)) {
                    caller.call(next(cell, request));
                }
            }
            selector.selectedKeys().clear();
            left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        }
    }

    /** Waits for the answers that are still under way. */
    private void drain(Selector selector, List<Caller> callers, Tally tally) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DRAIN_MILLIS);
        while (callers.stream().anyMatch(Caller::calling) && System.nanoTime() < end) {
            selector.select(100);
            for (SelectionKey key : selector.selectedKeys()) {
                if (key.isValid()) {
                    ((Caller) key.attachment()).read(buffer, tally);
                }
            }
            selector.selectedKeys().clear();
        }
    }
}
