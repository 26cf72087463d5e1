package io.clauderoutes.library;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/**
 * One library in a JVM of its own. It reads lines like {@code stream 10 2000} (the load, how many threads call, for how many
 * milliseconds) and answers each with {@code calls nanoseconds median p99 cpu}, all times in nanoseconds.
 */
public final class LibraryProcess {

    private static final long LONGEST = TimeUnit.SECONDS.toNanos(60);
    private static final int DELTAS = 50;

    private final ClaudeLibrary library;
    private final AtomicLong number = new AtomicLong();

    private LibraryProcess(ClaudeLibrary library) {
        this.library = library;
    }

    public static void main(String... arguments) throws Exception {
        String url = arguments[1];
        try (ClaudeLibrary library =
                switch (arguments[0]) {
                    case "anthropic-java" -> new AnthropicSdk(url);
                    case "langchain4j" -> new LangChain(url);
                    default -> new OurBundle(url);
                }) {
            LibraryProcess process = new LibraryProcess(library);
            BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                String[] words = order.split(" ");
                System.out.println("result "
                        + process.run(words[0].equals("stream"), Integer.parseInt(words[1]), Long.parseLong(words[2])));
            }
        }
        System.exit(0);
    }

    private String run(boolean stream, int threads, long millis) throws Exception {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long pieces = library.pieces();
        long cpu = system.getProcessCpuTime();
        long begun = System.nanoTime();
        long end = begun + TimeUnit.MILLISECONDS.toNanos(millis);
        ExecutorService callers = Executors.newFixedThreadPool(threads, LibraryProcess::daemon);
        List<Future<Histogram>> calling = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            calling.add(callers.submit(() -> call(stream, end)));
        }
        Histogram all = new Histogram(LONGEST, 3);
        for (Future<Histogram> one : calling) {
            all.add(one.get());
        }
        callers.shutdown();
        long nanos = System.nanoTime() - begun;
        cpu = system.getProcessCpuTime() - cpu;
        pieces = library.pieces() - pieces;
        if (stream && pieces != DELTAS * all.getTotalCount()) {
            throw new IllegalStateException(pieces + " pieces in " + all.getTotalCount() + " streams of " + DELTAS);
        }
        return all.getTotalCount() + " " + nanos + " " + all.getValueAtPercentile(50) + " "
                + all.getValueAtPercentile(99) + " " + cpu;
    }

    /** So that a failed call ends the process. */
    private static Thread daemon(Runnable calls) {
        Thread thread = new Thread(calls, "caller");
        thread.setDaemon(true);
        return thread;
    }

    private Histogram call(boolean stream, long end) throws Exception {
        Histogram times = new Histogram(LONGEST, 3);
        long now = System.nanoTime();
        while (now < end) {
            String prompt = "How deep is the sea at buoy " + number.incrementAndGet() + ", and what lives down there?";
            if (stream) {
                library.stream(prompt + " Answer at once.");
            } else {
                library.whole(prompt);
            }
            long then = now;
            now = System.nanoTime();
            times.recordValue(now - then);
        }
        return times;
    }
}
