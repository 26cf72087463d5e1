package io.clauderoutes.p99;

import java.util.SplittableRandom;

/**
 * Who sends what.
 *
 * @param clients of a closed loop, which send their next request when they have the reply to the last one; 0 for an open loop
 * @param load of an open loop: its rate as a share of the capacity of one endpoint
 * @param questions how many different questions there are, by Zipf's law; 0 if no question is asked twice
 */
record Workload(int clients, double load, int questions) {

    private static final int OPEN_CLIENTS = 50;

    static Workload closed(int clients) {
        return new Workload(clients, 0, 0);
    }

    static Workload open(double load) {
        return new Workload(0, load, 0);
    }

    Workload zipf(int number) {
        return new Workload(clients, load, number);
    }

    boolean isOpen() {
        return clients == 0;
    }

    /** Requests per real second of an open loop. */
    double perSecond() {
        return load * Condition.SLOTS * Scale.FACTOR / (Condition.MEAN.toMillis() / 1e3);
    }

    /** Clients among which the requests of an open loop are counted in turn. */
    int countedClients() {
        return isOpen() ? OPEN_CLIENTS : clients;
    }

    String title() {
        return (isOpen() ? "open " + load : clients + " clients") + (questions > 0 ? ", Zipf " + questions : "");
    }

    /** The questions of one run: the same ones for each variant. */
    Questions questions(int repeat) {
        return new Questions(questions, new SplittableRandom(1_000L * repeat + questions));
    }
}
