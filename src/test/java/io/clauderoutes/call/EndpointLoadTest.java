package io.clauderoutes.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.EndpointChoice;
import io.clauderoutes.call.endpoint.EndpointHealth;
import io.clauderoutes.call.endpoint.Sessions;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.settings.EndpointOrder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The choice by load in a simulation in virtual time: endpoints with so many slots and a queue, clients without think time. It is
 * compared with turns and with the split that an all-knowing chooser makes, the shortest expected wait.
 */
class EndpointLoadTest {

    private static final int CALLS = 6_000;
    private static final double SIGMA = 0.47;

    /** @param meanMillis mean time of one call in a slot */
    private record Server(int slots, double meanMillis) {
        double perSecond() {
            return slots * 1000 / meanMillis;
        }
    }

    private record Scenario(String name, int clients, List<Server> servers) {
        @Override
        public String toString() {
            return name;
        }
    }

    private record Result(double perSecond, double p99Millis, List<Integer> calls) {}

    static Stream<Scenario> scenarios() {
        Server usual = new Server(10, 1050);
        return Stream.of(
                new Scenario("two equal, 50 clients", 50, List.of(usual, usual)),
                new Scenario("two equal, 100 clients", 100, List.of(usual, usual)),
                new Scenario("one twice as large", 40, List.of(usual, new Server(20, 1050))),
                new Scenario("one three times as fast", 40, List.of(usual, new Server(10, 350))),
                new Scenario("three of three speeds", 60, List.of(usual, new Server(10, 500), new Server(10, 2000))),
                new Scenario(
                        "five of all kinds",
                        100,
                        List.of(usual, new Server(5, 1050), new Server(20, 700), new Server(10, 2000), usual)));
    }

    private long now;

    private Result played(Scenario scenario, IntSupplier choice, List<EndpointHealth> healths) {
        now = 0;
        Random random = new Random(11);
        int count = scenario.servers().size();
        int[] busy = new int[count];
        int[] calls = new int[count];
        List<Deque<long[]>> queues = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            queues.add(new ArrayDeque<>());
        }
        // end, endpoint, begin
        PriorityQueue<long[]> working = new PriorityQueue<>(Comparator.comparingLong(call -> call[0]));
        List<Double> millis = new ArrayList<>();
        int waitingClients = scenario.clients();
        int begun = 0;
        while (millis.size() < CALLS) {
            while (waitingClients > 0 && begun < CALLS + scenario.clients()) {
                int index = choice.getAsInt();
                waitingClients--;
                begun++;
                calls[index]++;
                if (!healths.isEmpty()) {
                    healths.get(index).began(now);
                }
                queues.get(index).add(new long[] {0, index, now});
                serve(scenario, index, queues, busy, working, random);
            }
            long[] done = working.remove();
            now = done[0];
            int index = (int) done[1];
            busy[index]--;
            millis.add((done[0] - done[2]) / 1e6);
            if (!healths.isEmpty()) {
                healths.get(index).firstToken(done[0] - done[2], true);
                healths.get(index).succeeded();
                healths.get(index).ended();
            }
            serve(scenario, index, queues, busy, working, random);
            waitingClients++;
        }
        double[] sorted = millis.subList(CALLS / 10, CALLS).stream()
                .mapToDouble(each -> each)
                .sorted()
                .toArray();
        return new Result(
                CALLS / (now / 1e9),
                sorted[(int) (sorted.length * 0.99)],
                Arrays.stream(calls).boxed().toList());
    }

    private void serve(
            Scenario scenario,
            int index,
            List<Deque<long[]>> queues,
            int[] busy,
            PriorityQueue<long[]> working,
            Random random) {
        Server server = scenario.servers().get(index);
        while (busy[index] < server.slots() && !queues.get(index).isEmpty()) {
            long[] call = queues.get(index).remove();
            double mu = Math.log(server.meanMillis()) - SIGMA * SIGMA / 2;
            call[0] = now + (long) (Math.exp(mu + SIGMA * random.nextGaussian()) * 1e6);
            busy[index]++;
            working.add(call);
        }
    }

    private Result byLoad(Scenario scenario) {
        Random random = new Random(7);
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < scenario.servers().size(); i++) {
            var settings = TestEndpoints.settings(100, 100);
            String name = "e" + i;
            endpoints.add(new Endpoint(
                    name,
                    settings,
                    null,
                    null,
                    null,
                    Endpoint.Limits.of(name, settings, () -> now),
                    new EndpointHealth(name, settings.availability().health(), false, () -> {}, () -> 0, () -> now)));
        }
        EndpointChoice choice = new EndpointChoice(
                EndpointOrder.NEAREST,
                endpoints,
                new Sessions(Duration.ZERO, () -> now),
                random::nextDouble,
                () -> now);
        Prompt prompt = new Prompt(
                "prompt-1",
                new MessageJson().request("How deep?", "", "m", 10, true),
                new Prompt.Options(
                        "default", Optional.empty(), Prompt.Strategy.STREAM, Prompt.CacheUse.USE, List.of(), ""),
                Map.of());
        return played(
                scenario,
                () -> endpoints.indexOf(choice.first(prompt)),
                endpoints.stream().map(Endpoint::health).toList());
    }

    private Result byTurns(Scenario scenario) {
        int[] turn = {0};
        return played(scenario, () -> turn[0]++ % scenario.servers().size(), List.of());
    }

    /** Throughput with every slot busy: no split has more. */
    private static double most(Scenario scenario) {
        return scenario.servers().stream().mapToDouble(Server::perSecond).sum();
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void the_split_by_load_is_near_the_ideal_and_no_worse_than_turns(Scenario scenario) {
        Result load = byLoad(scenario);
        Result turns = byTurns(scenario);

        assertThat(load.perSecond())
                .as("%s, turns %s", load, turns)
                .isGreaterThan(0.93 * most(scenario))
                .isGreaterThan(0.97 * turns.perSecond());
        assertThat(load.p99Millis()).isLessThan(1.1 * turns.p99Millis());
    }
}
