package io.clauderoutes.sidebyside;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** What processes have cost so far, as Linux tells in {@code /proc}. */
public final class ProcessCost {

    /** Linux counts processor time in hundredths of a second, on every platform that a JDK runs on. */
    public static final long NANOS_PER_TICK = 10_000_000;

    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;

    private final List<Long> pids;

    private ProcessCost(Stream<ProcessHandle> processes) {
        this.pids = processes.map(ProcessHandle::pid).toList();
    }

    /** Of this process, without those that it started. */
    static ProcessCost ourselves() {
        return new ProcessCost(Stream.of(ProcessHandle.current()));
    }

    /** Of a process and of those that it has started by now. */
    public static ProcessCost of(ProcessHandle process) {
        return new ProcessCost(Stream.concat(Stream.of(process), process.descendants()));
    }

    /** Processor time, user and system, in nanoseconds. */
    public long cpuNanos() {
        return sum(pid -> {
            String stat = read(pid, "stat");
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS])) * NANOS_PER_TICK;
        });
    }

    /** Resident memory in bytes. */
    long residentBytes() {
        return sum(pid -> read(pid, "status")
                .lines()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                .sum());
    }

    private long sum(ToLongFunction<Long> cost) {
        return pids.stream().mapToLong(cost::applyAsLong).sum();
    }

    private static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
