package io.clauderoutes.p99;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Sends the requests of one cell. Those that were to be sent in the measured part are followed to their ends; those that have not ended
 * when the time for that is over are unfinished.
 */
final class Load {

    private static final double NANOS = 1e9;
    private static final long NANOS_PER_MICRO = 1_000;

    private final Way way;
    private final ClientKind kind;
    private final boolean checked;
    private final Times times;
    private final Map<Long, Pending> pending = new ConcurrentHashMap<>();
    private final List<Ended> ended = new ArrayList<>();
    private final AtomicLong sent = new AtomicLong();
    private boolean over;

    /**
     * Real times of a cell.
     *
     * @param lead before the measured part
     * @param drain after it, for requests that have not ended
     */
    record Times(Duration lead, Duration measured, Duration drain) {}

    private record Pending(int client, long start) {}

    private record Ended(long start, Sample sample) {}

    /** @param checked whether the way sends only verified text */
    Load(Way way, ClientKind kind, boolean checked, Times times) {
        this.way = way;
        this.kind = kind;
        this.checked = checked;
        this.times = times;
    }

    /** Sends requests whose short replies take no time, so that compilers have work. */
    void warmUp(int clients) throws InterruptedException {
        AtomicLong number = new AtomicLong();
        run(
                Workload.closed(clients),
                0,
                () -> "say exactly: " + "a short reply ".repeat(20) + number.incrementAndGet());
    }

    /** Runs one cell; the seed of everything that is drawn is the repeat. */
    Samples run(Workload workload, int repeat) throws InterruptedException {
        Questions questions = workload.questions(repeat);
        String prefix = "Load " + workload.title() + ", run " + repeat + ": what is known about matter ";
        return run(workload, repeat, () -> prefix + questions.next());
    }

    private Samples run(Workload workload, int repeat, Supplier<String> questions) throws InterruptedException {
        ExecutorService threads = Executors.newCachedThreadPool();
        try (ConnectionPool connections = new ConnectionPool(way.port(), kind.connections())) {
            Client client = new Client(kind, checked, connections);
            Ask ask = (number, start) -> ask(client, number, way.request(questions.get(), kind.streamed()), start);
            long begin = System.nanoTime();
            long from = begin + times.lead().toNanos();
            long to = from + times.measured().toNanos();
            if (workload.isOpen()) {
                open(workload, new SplittableRandom(repeat), threads, ask, begin, to);
            } else {
                closed(workload.clients(), threads, ask, to);
            }
            threads.shutdown();
            long last = to + times.drain().toNanos();
            boolean done = threads.awaitTermination(last - System.nanoTime(), TimeUnit.NANOSECONDS);
            List<Sample> all = samples(from, to);
            if (!done) {
                connections.close();
                threads.shutdownNow();
            }
            return new Samples(all);
        }
    }

    /** All requests that were sent, those before the measured part included. */
    long sent() {
        return sent.get();
    }

    private interface Ask {
        void ask(int client, long start);
    }

    private void closed(int clients, ExecutorService threads, Ask ask, long to) {
        for (int i = 0; i < clients; i++) {
            int client = i;
            threads.execute(() -> {
                for (long now = System.nanoTime(); now < to; now = System.nanoTime()) {
                    ask.ask(client, now);
                }
            });
        }
    }

    /** Each request is timed from its arrival, whenever it is sent. */
    private void open(
            Workload workload, SplittableRandom random, ExecutorService threads, Ask ask, long begin, long to) {
        double mean = NANOS / workload.perSecond();
        long arrival = begin;
        for (int i = 0; true; i++) {
            arrival += (long) (-Math.log(1 - random.nextDouble()) * mean);
            if (arrival >= to) {
                return;
            }
            while (System.nanoTime() < arrival) {
                LockSupport.parkNanos(arrival - System.nanoTime());
            }
            long start = arrival;
            int client = i % workload.countedClients();
            threads.execute(() -> ask.ask(client, start));
        }
    }

    private void ask(Client client, int number, byte[] request, long start) {
        long id = sent.incrementAndGet();
        pending.put(id, new Pending(number, start));
        Sample sample = client.ask(number, request, start);
        synchronized (ended) {
            if (!over) {
                pending.remove(id);
                ended.add(new Ended(start, sample));
            }
        }
    }

    private List<Sample> samples(long from, long to) {
        long now = System.nanoTime();
        synchronized (ended) {
            over = true;
            List<Sample> all = new ArrayList<>();
            for (Ended one : ended) {
                if (one.start() >= from && one.start() < to) {
                    all.add(one.sample());
                }
            }
            for (Pending one : pending.values()) {
                if (one.start() >= from && one.start() < to) {
                    all.add(Sample.unfinished(one.client(), (now - one.start()) / NANOS_PER_MICRO));
                }
            }
            return all;
        }
    }
}
