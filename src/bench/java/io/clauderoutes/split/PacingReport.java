package io.clauderoutes.split;

import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.ReplyStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How even text reaches a sink, with and without pacing, in real time: {@code java io.clauderoutes.split.PacingReport}. Four kinds of
 * streams are replayed: even, in bursts of a few or of many deltas, and with a long pause.
 */
public final class PacingReport {

    private static final StreamEvent STOP = new StreamEvent.MessageStop(Optional.empty());

    /** One delta: its text, and the time from the start of the stream in milliseconds. */
    private record Delta(String text, long millis) {}

    private PacingReport() {}

    public static void main(String[] args) {
        ExecutorService threads = Executors.newCachedThreadPool();
        System.out.println(
                "| stream | variation of gaps, raw | paced | longest stall ms, raw | paced | chunks, raw | paced |"
                        + " first text later by ms | last text later by ms |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        times(new AutoStream(replay(stream(2, 60, 5, 10)), Optional.empty(), true, threads, System::nanoTime));
        report("even, 12 ms", stream(1, 12, 1, 300), threads);
        report("bursts of 5 each 100 ms", stream(5, 100, 2, 60), threads);
        report("bursts of 20 each 300 ms", stream(20, 300, 3, 20), threads);
        report("bursts of 60 each 1 s", stream(60, 1000, 4, 8), threads);
        threads.shutdown();
    }

    private static List<Delta> stream(int size, int periodMillis, int seed, int bursts) {
        Random random = new Random(seed);
        List<Delta> deltas = new ArrayList<>();
        for (int i = 0; i < bursts; i++) {
            long at = (long) i * periodMillis + (size == 1 ? 0 : random.nextInt(periodMillis / 4 + 1));
            for (int j = 0; j < size; j++) {
                deltas.add(new Delta("words ".substring(0, 2 + random.nextInt(5)), at));
            }
        }
        return deltas;
    }

    private static void report(String name, List<Delta> deltas, ExecutorService threads) {
        List<Long> raw = times(replay(deltas));
        List<Long> paced = times(new AutoStream(replay(deltas), Optional.empty(), true, threads, System::nanoTime));
        System.out.printf(
                Locale.ROOT,
                "| %s | %.2f | %.2f | %d | %d | %d | %d | %d | %d |%n",
                name,
                variation(raw),
                variation(paced),
                stall(raw),
                stall(paced),
                raw.size(),
                paced.size(),
                TimeUnit.NANOSECONDS.toMillis(paced.get(0) - raw.get(0)),
                TimeUnit.NANOSECONDS.toMillis(paced.get(paced.size() - 1) - raw.get(raw.size() - 1)));
    }

    /** When each text came, from the start of the stream. */
    private static List<Long> times(ReplyStream stream) {
        long start = System.nanoTime();
        List<Long> times = new ArrayList<>();
        try (stream) {
            while (stream.hasNext()) {
                if (!stream.next().addedText().isEmpty()) {
                    times.add(System.nanoTime() - start);
                }
            }
        }
        return times;
    }

    private static double[] gaps(List<Long> times) {
        double[] gaps = new double[times.size() - 1];
        for (int i = 0; i < gaps.length; i++) {
            gaps[i] = times.get(i + 1) - times.get(i);
        }
        return gaps;
    }

    private static double variation(List<Long> times) {
        double[] gaps = gaps(times);
        double mean = Arrays.stream(gaps).average().orElse(1);
        double variance = Arrays.stream(gaps)
                .map(gap -> (gap - mean) * (gap - mean))
                .average()
                .orElse(0);
        return Math.sqrt(variance) / mean;
    }

    private static long stall(List<Long> times) {
        return TimeUnit.NANOSECONDS.toMillis(
                (long) Arrays.stream(gaps(times)).max().orElse(0));
    }

    private static ReplyStream replay(List<Delta> deltas) {
        return new ReplyStream() {
            private long start;
            private int next;
            private boolean over;

            @Override
            public boolean hasNext() {
                return !over;
            }

            @Override
            public StreamEvent next() {
                if (next == deltas.size()) {
                    over = true;
                    return STOP;
                }
                if (next == 0) {
                    start = System.nanoTime();
                }
                Delta delta = deltas.get(next++);
                long due = start + TimeUnit.MILLISECONDS.toNanos(delta.millis());
                while (System.nanoTime() - due < 0) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                return new StreamEvent.TextDelta(0, delta.text(), Optional.empty());
            }

            @Override
            public void close() {
                over = true;
            }
        };
    }
}
