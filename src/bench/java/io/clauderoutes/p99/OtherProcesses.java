package io.clauderoutes.p99;

import io.clauderoutes.sidebyside.ProcessCost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The processor time that processes which are not part of the benchmark take, as Linux counts it. */
final class OtherProcesses {

    private static final Path STAT = Path.of("/proc/stat");
    private static final int IDLE = 4;
    private static final int IO_WAIT = 5;
    private static final int FIELDS = 9;

    private final ProcessCost own = ProcessCost.of(ProcessHandle.current());
    private final long ownNanos = own.cpuNanos();
    private final long busyNanos;
    private final long begun = System.nanoTime();

    private OtherProcesses() throws IOException {
        this.busyNanos = busy();
    }

    static OtherProcesses begin() throws IOException {
        return new OtherProcesses();
    }

    /** Their share of all processors since the begin. */
    double share() throws IOException {
        long others = busy() - busyNanos - (own.cpuNanos() - ownNanos);
        long all = (System.nanoTime() - begun) * Runtime.getRuntime().availableProcessors();
        return Math.max(0, (double) others / all);
    }

    private static long busy() throws IOException {
        String[] fields = Files.readAllLines(STAT).get(0).split(" +");
        long all = Arrays.stream(fields, 1, Math.min(FIELDS, fields.length))
                .mapToLong(Long::parseLong)
                .sum();
        return (all - Long.parseLong(fields[IDLE]) - Long.parseLong(fields[IO_WAIT])) * ProcessCost.NANOS_PER_TICK;
    }
}
