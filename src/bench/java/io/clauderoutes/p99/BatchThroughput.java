package io.clauderoutes.p99;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** How many prompts of a source get their replies in a time: one by one, in groups of ten, and in Message Batches of ten. */
final class BatchThroughput {

    static final int PROMPTS = 500;

    /** Times are divided by less than elsewhere, because the work on a prompt is not: it is written to the disk, and so is its reply. */
    private static final int FACTOR = 4;

    private static final int CLIENTS = 100;
    private static final int WARM_UP = 1_500;
    private static final double MICROS = 1e6;
    private static final long NANOS_PER_MICRO = 1_000;
    private static final long LONGEST_SECONDS = 120;
    private static final String CELL = "throughput | ";

    private final Path folder;
    private final ResultFile results;
    private final int repeats;

    BatchThroughput(Path folder, ResultFile results, int repeats) {
        this.folder = folder;
        this.results = results;
        this.repeats = repeats;
    }

    /** How prompts are sent. */
    enum Way {
        SINGLE("one by one"),
        GROUPS(
                "groups of ten (`POST /v1/batch`)",
                "claude.sources.inbox.batch = true",
                "claude.endpoints.*.dialect = prompt"),
        BATCHES("Message Batches of ten", "claude.sources.inbox.batch = true", "claude.batch.poll-interval = 500ms");

        private final String title;
        private final List<String> settings;

        Way(String title, String... settings) {
            this.title = title;
            this.settings = List.of(settings);
        }

        String title() {
            return title;
        }

        String limit() {
            return this == GROUPS
                    ? "a group holds its slot until its longest reply is complete"
                    : "the time of a batch, and the interval of the polls";
        }
    }

    /** Prompts per reported second. */
    record Speeds(Map<Way, Double> all) {

        double of(Way way) {
            return all.get(way);
        }
    }

    /** What was measured so far; empty if a way is missing. */
    static Optional<Speeds> speeds(ResultFile results, int repeats) {
        Map<Way, Double> speeds = new EnumMap<>(Way.class);
        for (Way way : Way.values()) {
            results.all(CELL + way, repeats).ifPresent(result -> speeds.put(way, perSecond(result)));
        }
        return speeds.size() == Way.values().length ? Optional.of(new Speeds(speeds)) : Optional.empty();
    }

    private static double perSecond(Result result) {
        double seconds = result.samples().all().stream()
                        .mapToLong(Sample::complete)
                        .average()
                        .orElseThrow()
                / MICROS;
        return PROMPTS / (seconds * FACTOR);
    }

    int left() {
        int left = 0;
        for (Way way : Way.values()) {
            for (int repeat = 1; repeat <= repeats; repeat++) {
                left += results.has(CELL + way, repeat) ? 0 : 1;
            }
        }
        return left;
    }

    void measure(PrintStream out) throws IOException, InterruptedException {
        if (left() == 0) {
            return;
        }
        Path home = Files.createDirectories(folder.resolve("throughput"));
        try (Endpoints endpoints = Endpoints.start(Condition.QUEUE, FACTOR, home)) {
            for (int repeat = 1; repeat <= repeats; repeat++) {
                for (Way way : Way.values()) {
                    if (!results.has(CELL + way, repeat)) {
                        Result result = measure(way, repeat, endpoints, Files.createTempDirectory(home, way + "-"));
                        results.add(CELL + way, repeat, result);
                        out.printf("%s, run %d: %.1f prompts/s%n", way.title(), repeat, perSecond(result));
                    }
                }
            }
        }
    }

    private Result measure(Way way, int repeat, Endpoints endpoints, Path home)
            throws IOException, InterruptedException {
        List<String> settings = new ArrayList<>(Variant.DEFAULTS.file(endpoints.whole(1)));
        settings.add("claude.sources.inbox.uri = platform-http:/prompts?httpMethodRestrict=POST");
        settings.add("claude.sources.inbox.workers = " + CLIENTS);
        settings.add("claude.fan-out.sinks = answers");
        settings.addAll(way.settings);
        Path outbox = Files.createDirectories(home.resolve("outbox"));
        try (BundleProcess bundle = BundleProcess.start(home, settings)) {
            send(bundle.port(), "say exactly: warm " + repeat + " ", WARM_UP);
            await(outbox, WARM_UP);
            Bill before = endpoints.bill();
            long begin = System.nanoTime();
            send(bundle.port(), "Run " + repeat + ": what is known about matter ", PROMPTS);
            await(outbox, WARM_UP + PROMPTS);
            long micros = (System.nanoTime() - begin) / NANOS_PER_MICRO;
            return new Result(
                    new Samples(List.of(new Sample(0, micros, micros, micros, Sample.NEVER))),
                    PROMPTS,
                    endpoints.bill().minus(before),
                    0);
        }
    }

    /** Posts prompts, each when one of the clients has the response to its last one. */
    private static void send(int port, String question, int number) throws InterruptedException, IOException {
        AtomicInteger next = new AtomicInteger();
        AtomicReference<IOException> failure = new AtomicReference<>();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new Thread(() -> {
                try (ClientConnection connection = new ClientConnection(port)) {
                    for (int prompt = next.getAndIncrement(); prompt < number; prompt = next.getAndIncrement()) {
                        connection.call(post(question + prompt), false, Long.MAX_VALUE);
                    }
                } catch (IOException e) {
                    failure.set(e);
                }
            }));
        }
        clients.forEach(Thread::start);
        for (Thread client : clients) {
            client.join();
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    private static byte[] post(String prompt) {
        return ("POST /prompts HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\ncontent-length: "
                        + prompt.length() + "\r\n\r\n" + prompt)
                .getBytes(US_ASCII);
    }

    private static void await(Path outbox, int number) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
        while (replies(outbox) < number) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(
                        replies(outbox) + " of " + number + " replies after " + LONGEST_SECONDS + " s");
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static long replies(Path outbox) throws IOException {
        try (Stream<Path> files = Files.list(outbox)) {
            return files.filter(file -> !file.getFileName().toString().startsWith("."))
                    .count();
        }
    }
}
