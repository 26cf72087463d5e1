package io.clauderoutes.ledger;

import com.sun.management.OperatingSystemMXBean;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.ledger.report.UsageQuery;
import io.clauderoutes.ledger.report.UsageReport;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.LedgerSettings;
import io.clauderoutes.settings.LedgerStoreSettings;
import io.clauderoutes.sidebyside.Markdown;
import io.clauderoutes.sidebyside.ReportFile;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Postgres;
import io.clauderoutes.support.TestThreads;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * What the ledger costs a call, and how many it settles, in a file and in PostgreSQL. A call here is nothing but its entries:
 * intent, start, the events of a short reply, settlement, the first and the last waited for until they are on the disk.
 */
public final class LedgerReport {

    private static final Path REPORT = Path.of("src/docs/benchmarks.md");
    private static final int WARM_UP = 4_000;
    private static final int ALONE = 10_000;
    private static final int TOGETHER = 200_000;
    private static final int CALLERS = 32;
    private static final int WHOLE = 2_000;
    private static final int WHOLE_WARM_UP = 20_000;
    private static final int ROUNDS = 5;
    private static final double NANOS = 1_000_000.0;

    private final Ledger ledger;
    private final Prompt prompt;
    private final List<StreamEvent> reply;

    private LedgerReport(Ledger ledger) {
        MessageJson json = new MessageJson();
        this.ledger = ledger;
        this.prompt = new Prompt(
                "prompt-abcdefgh-1",
                json.request("How deep is the sea?", "", "claude-sonnet-5-5", 1000, true),
                new Prompt.Options(
                        "default", Optional.empty(), Prompt.Strategy.STREAM, Prompt.CacheUse.USE, List.of(), ""),
                Map.of());
        this.reply = json.events("""
                        {"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-5-5",
                         "content":[{"type":"text","text":"Eleven kilometres at its deepest."}],"stop_reason":"end_turn",
                         "usage":{"input_tokens":12,"output_tokens":9,"cache_read_input_tokens":0}}""".getBytes(StandardCharsets.UTF_8));
    }

    /** Figures of one store: milliseconds, and calls in a second. */
    private record Figures(
            double aloneMedian,
            double alone99,
            double perSecond,
            double togetherMedian,
            double together99,
            double added,
            double disk,
            double reportMillis,
            long attempts) {}

    /**
     * Measures.
     *
     * @param arguments nothing to compare all stores, {@code calls:5} for five rounds of entries alone in a SQLite file, or
     *     {@code fill:10000000:10} to fill a file with so many attempts of so many days
     */
    public static void main(String... arguments) throws Exception {
        if (arguments.length > 0 && arguments[0].startsWith("fill:")) {
            String[] told = arguments[0].split(":", -1);
            LedgerFill.run(Long.parseLong(told[1]), Integer.parseInt(told[2]), System.out);
            return;
        }
        Path data = Files.createTempDirectory(Path.of("target"), "ledger-report");
        if (arguments.length > 0 && arguments[0].startsWith("calls:")) {
            for (int round = 0; round < Integer.parseInt(arguments[0].substring("calls:".length())); round++) {
                for (boolean fsync : new boolean[] {true, false}) {
                    Path folder = Files.createDirectory(data.resolve(fsync + "-" + round));
                    try (Entries entries = new Entries(new LedgerStoreSettings("", "", ""), fsync, folder)) {
                        entries.report().printCalls("fsync=" + fsync);
                    }
                }
            }
            return;
        }
        StringBuilder table = new StringBuilder();
        table.append("JDK ").append(Runtime.version().feature()).append(", 2 cores.\n\n");
        List<Figures> stores = new ArrayList<>();
        stores.add(measured(new LedgerStoreSettings("", "", ""), true, data.resolve("fsync")));
        stores.add(measured(new LedgerStoreSettings("", "", ""), false, data.resolve("no-fsync")));
        try (Postgres postgres = Postgres.start()) {
            stores.add(measured(new LedgerStoreSettings(postgres.database(), "", ""), true, data.resolve("shared")));
        }
        Markdown.header(
                table,
                List.of(
                        "",
                        "SQLite",
                        "SQLite, `claude.ledger.fsync.enabled=false`",
                        "PostgreSQL 18, `fsync=on`, on the same machine"));
        row(table, "one caller: median (99th percentile)", stores, "%.2f ms (%.2f ms)", one ->
                new Object[] {one.aloneMedian(), one.alone99()});
        row(table, CALLERS + " callers: settled calls a second", stores, "%,.0f", one ->
                new Object[] {one.perSecond()});
        row(table, "the same: median (99th percentile)", stores, "%.1f ms (%.1f ms)", one ->
                new Object[] {one.togetherMedian(), one.together99()});
        row(table, "added to the median of a whole call by itself", stores, "%.2f ms", one ->
                new Object[] {one.added()});
        row(
                table,
                "a write of 600 bytes to that disk by itself, one each millisecond: median",
                stores,
                "%.2f ms",
                one -> new Object[] {one.disk()});
        row(table, "report of a day, not added up yet", stores, "%.0f ms for %,d attempts", one ->
                new Object[] {one.reportMillis(), one.attempts()});
        System.out.print(table);
        new ReportFile(REPORT, "ledger", LedgerReport.class.getSimpleName()).write(table.toString());
    }

    private static void row(
            StringBuilder table, String name, List<Figures> stores, String format, Function<Figures, Object[]> values) {
        List<String> cells = new ArrayList<>(List.of(name));
        stores.forEach(one -> cells.add(Markdown.format(format, values.apply(one))));
        Markdown.row(table, cells);
    }

    private static Figures measured(LedgerStoreSettings store, boolean fsync, Path data) throws Exception {
        Files.createDirectories(data);
        try (Entries entries = new Entries(store, fsync, data)) {
            return entries.report().run(wholeCalls(store, fsync, data.resolve("whole")), diskWrite(data));
        }
    }

    /** A ledger without the rest of the bundle. */
    private static final class Entries implements AutoCloseable {

        private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(3);
        private final Ledger ledger;

        private Entries(LedgerStoreSettings store, boolean fsync, Path data) {
            ledger = new Ledger(
                    data,
                    new LedgerSettings(
                            true,
                            store,
                            new LedgerSettings.Writing(fsync, false, Optional.empty()),
                            Optional.empty(),
                            Duration.ZERO,
                            Optional.empty(),
                            Optional.empty()),
                    Map.of(),
                    new MessageJson(),
                    "bench",
                    new ClaudeMeters(new SimpleMeterRegistry(), System::nanoTime),
                    new BundleRuntime(
                            Clock.systemUTC(),
                            System::nanoTime,
                            pause -> true,
                            ThreadLocalRandom::current,
                            new TestThreads(threads)));
        }

        private LedgerReport report() {
            return new LedgerReport(ledger);
        }

        @Override
        public void close() {
            ledger.close();
            threads.shutdownNow();
        }
    }

    /** The same request through all stages with and without a ledger, in turns, against a simulator that answers at once. */
    private static double wholeCalls(LedgerStoreSettings store, boolean fsync, Path data) {
        try (Simulator simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());
                Bundle with = bundle(simulator, data)
                        .with("claude.ledger.enabled", "true")
                        .with("claude.ledger.fsync.enabled", Boolean.toString(fsync))
                        .with("claude.ledger.url", store.url());
                Bundle without = bundle(simulator, data)) {
            asked(with, WHOLE_WARM_UP);
            asked(without, WHOLE_WARM_UP);
            List<Double> added = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                long[] booked = asked(with, WHOLE);
                long[] plain = asked(without, WHOLE);
                added.add((booked[WHOLE / 2] - plain[WHOLE / 2]) / NANOS);
            }
            added.sort(null);
            return added.get(ROUNDS / 2);
        }
    }

    /** Into a file of a fixed length, on the disk when it returns, as the journal writes. */
    private static double diskWrite(Path data) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(data.resolve("disk").toFile(), "rwd")) {
            file.write(new byte[1024 * 1024]);
            byte[] row = new byte[600];
            long[] times = new long[WHOLE];
            for (int i = 0; i < WHOLE; i++) {
                LockSupport.parkNanos(1_000_000);
                file.seek((long) row.length * (i % 1_000));
                long start = System.nanoTime();
                file.write(row);
                times[i] = System.nanoTime() - start;
            }
            Arrays.sort(times);
            return times[WHOLE / 2] / NANOS;
        }
    }

    private static Bundle bundle(Simulator simulator, Path data) {
        return Bundle.calling(simulator).with("claude.data", data.toString()).with("claude.cache.enabled", "false");
    }

    private static long[] asked(Bundle bundle, int count) {
        return LongStream.range(0, count)
                .map(i -> {
                    long start = System.nanoTime();
                    bundle.ask("say exactly: Eleven kilometres.");
                    return System.nanoTime() - start;
                })
                .sorted()
                .toArray();
    }

    private Figures run(double added, double disk) throws InterruptedException, SQLException {
        calls(WARM_UP);
        long[] alone = calls(ALONE);
        together(TOGETHER / 4);
        long start = System.nanoTime();
        long[] together = together(TOGETHER);
        ledger.awaitStored();
        double seconds = (System.nanoTime() - start) / 1e9;
        long asked = System.nanoTime();
        UsageReport.Answer answer =
                ledger.report().answer(UsageQuery.ofDays(LocalDate.now(ZoneOffset.UTC), LocalDate.now(ZoneOffset.UTC)));
        return new Figures(
                alone[ALONE / 2] / NANOS,
                alone[ALONE * 99 / 100] / NANOS,
                together.length / seconds,
                together[together.length / 2] / NANOS,
                together[(int) (together.length * 0.99)] / NANOS,
                added,
                disk,
                (System.nanoTime() - asked) / NANOS,
                (long) answer.totals().told().get("attempts"));
    }

    private void printCalls(String what) throws InterruptedException {
        calls(WARM_UP);
        long[] alone = calls(ALONE);
        together(TOGETHER / 4);
        long cpu = cpuNanos();
        long start = System.nanoTime();
        long[] together = together(TOGETHER / 2);
        ledger.awaitStored();
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                "%s alone %.3f ms (p99 %.3f), together %.0f/s, median %.2f ms (p99 %.2f), %.1f us CPU per call%n",
                what,
                alone[ALONE / 2] / NANOS,
                alone[ALONE * 99 / 100] / NANOS,
                together.length / seconds,
                together[together.length / 2] / NANOS,
                together[together.length * 99 / 100] / NANOS,
                (cpuNanos() - cpu) / 1e3 / together.length);
    }

    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }

    private long[] calls(int count) {
        return LongStream.range(0, count).map(i -> call()).sorted().toArray();
    }

    private long call() {
        long start = System.nanoTime();
        Request request = new Request(prompt, start, "direct");
        CallRecorder.Entry entry = ledger.open(request, "primary");
        entry.started();
        reply.forEach(entry::saw);
        entry.ended();
        return System.nanoTime() - start;
    }

    private long[] together(int count) throws InterruptedException {
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        CountDownLatch done = new CountDownLatch(CALLERS);
        long[][] times = new long[CALLERS][];
        for (int caller = 0; caller < CALLERS; caller++) {
            int own = caller;
            callers.execute(() -> {
                times[own] = calls(count / CALLERS);
                done.countDown();
            });
        }
        done.await();
        callers.shutdown();
        return Arrays.stream(times).flatMapToLong(Arrays::stream).sorted().toArray();
    }
}
