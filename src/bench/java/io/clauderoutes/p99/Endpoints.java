package io.clauderoutes.p99;

import io.clauderoutes.sidebyside.Server;
import io.clauderoutes.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** The simulated endpoints of one condition, in a process of their own: two with ten slots, and two with five. */
final class Endpoints implements AutoCloseable {

    private static final int[] SLOTS = {Condition.SLOTS, Condition.SLOTS, Condition.SLOTS / 2, Condition.SLOTS / 2};
    private static final String PORTS = "ports ";
    private static final long SEED = 71;

    private final Server server;
    private final List<Integer> ports;

    private Endpoints(Server server, List<Integer> ports) {
        this.server = server;
        this.ports = ports;
    }

    /** @param factor by which their times are divided */
    static Endpoints start(Condition condition, int factor, Path folder) throws IOException, InterruptedException {
        Server server = Server.start(
                "endpoints-" + condition,
                folder,
                Jvm.command(List.of(
                        "-cp",
                        System.getProperty("java.class.path"),
                        Endpoints.class.getName(),
                        condition.name(),
                        Integer.toString(factor))));
        return new Endpoints(
                server,
                Arrays.stream(server.awaitLine(PORTS).split(" "))
                        .map(Integer::valueOf)
                        .toList());
    }

    /** The process: prints its ports, and runs until it is killed. */
    public static void main(String... arguments) throws InterruptedException {
        Condition condition = Condition.valueOf(arguments[0]);
        int factor = Integer.parseInt(arguments[1]);
        List<String> ports = new ArrayList<>();
        for (int slots : SLOTS) {
            long seed = SEED + ports.size();
            ports.add(Integer.toString(Simulator.start(condition.settings(slots, seed, factor), Clock.systemUTC())
                    .port()));
        }
        System.out.println(PORTS + String.join(" ", ports));
        new CountDownLatch(1).await();
    }

    /** The ports of so many endpoints of ten slots. */
    List<Integer> whole(int number) {
        return ports.subList(0, number);
    }

    /** The ports of two endpoints that have ten slots together. */
    List<Integer> halves() {
        return ports.subList(2, SLOTS.length);
    }

    /** What all endpoints have billed so far. */
    Bill bill() throws IOException {
        Bill all = Bill.NONE;
        for (int port : ports) {
            all = all.plus(Bill.of(port));
        }
        return all;
    }

    @Override
    public void close() {
        server.close();
    }
}
