package io.clauderoutes.sidebyside;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What was asked for on the command line.
 *
 * @param ways names of contenders, in the order of the report
 * @param jvm options of the bundle's JVM
 * @param jar the bundle
 * @param warmUpSeconds for each way that has a just-in-time compiler
 * @param seconds of each cell and round
 * @param cold how many fresh starts to measure
 * @param libraries whether Java libraries are compared, instead of ways over HTTP
 * @param write whether the report goes into the documentation
 */
record Options(
        List<String> ways,
        List<Load> loads,
        List<Integer> callers,
        int rounds,
        int seconds,
        int warmUpSeconds,
        int cold,
        List<String> jvm,
        Path jar,
        boolean libraries,
        boolean write) {

    static final String HELP = """
            Measures ways to a Claude API side by side: the same load, in turn and repeatedly, on this machine.

              --quick            about 2 minutes: direct,nginx,bundle; whole,stream; 1,100 callers; 2 rounds; no report
              --only WAYS        of direct,nginx,portkey,bundle,bundle-no-redaction,bundle-no-fsync,bundle-cache (all);
                                   or bare-route: in the bundle's JVM a route that only passes whole replies on
              --load LOADS       of whole,stream,burst,paced (all)
                                   whole   the reply in one piece, about 1.1 KB
                                   stream  50 deltas, each event a write of its own, as fast as they come
                                   burst   the same in a single write
                                   paced   50 deltas, one each 2 ms (1 caller), 5 ms (to 10), 20 ms
              --callers NUMBERS  callers at the same time, each with a connection of its own (1,10,100)
              --rounds N         how often each cell is measured (4)
              --seconds N        length of a cell in a round (3)
              --warm-up N        seconds of load on each JVM and Node process before the first round (45)
              --cold N           fresh starts of the bundle whose first 1,000 calls are measured (3)
              --jvm OPTIONS      options of the bundle's JVM, as one word: --jvm "-Xmx512m -XX:+UseSerialGC" (none)
              --jar FILE         the bundle (target/claude-routes.jar, after ./mvnw package)
              --libraries        compare with anthropic-java and langchain4j instead, each in a JVM of its own
              --write            write the report into src/docs/benchmarks.md (done by a run without options)
              --help             this

            JAVA or JAVA_HOME chooses the JDK. nginx comes from the Debian package nginx-light, Portkey from npm.
            """;

    private static final String BARE_ROUTE = "bare-route";
    private static final List<String> ALL_WAYS =
            List.of("direct", "nginx", "portkey", "bundle", "bundle-no-redaction", "bundle-no-fsync", "bundle-cache");

    /** Reads the command line. */
    static Options of(String... arguments) {
        boolean quick = List.of(arguments).contains("--quick");
        List<String> ways = quick ? List.of("direct", "nginx", "bundle") : ALL_WAYS;
        List<Load> loads = quick ? List.of(Load.WHOLE, Load.STREAM) : List.of(Load.values());
        List<Integer> callers = quick ? List.of(1, 100) : List.of(1, 10, 100);
        int rounds = quick ? 2 : 4;
        int seconds = quick ? 2 : 3;
        int warmUp = quick ? 25 : 45;
        int cold = quick ? 0 : 3;
        List<String> jvm = List.of();
        Path jar = Path.of("target/claude-routes.jar");
        boolean libraries = false;
        boolean write = arguments.length == 0;
        Deque<String> rest = new ArrayDeque<>(List.of(arguments));
        while (!rest.isEmpty()) {
            String option = rest.pop();
            switch (option) {
                case "--quick" -> {}
                case "--write" -> write = true;
                case "--libraries" -> libraries = true;
                case "--only" -> ways = ways(value(option, rest));
                case "--load" -> loads = loads(value(option, rest));
                case "--callers" ->
                    callers = words(value(option, rest), ",")
                            .map(Integer::valueOf)
                            .toList();
                case "--rounds" -> rounds = Integer.parseInt(value(option, rest));
                case "--seconds" -> seconds = Integer.parseInt(value(option, rest));
                case "--warm-up" -> warmUp = Integer.parseInt(value(option, rest));
                case "--cold" -> cold = Integer.parseInt(value(option, rest));
                case "--jvm" -> jvm = words(value(option, rest), " +").toList();
                case "--jar" -> jar = Path.of(value(option, rest));
                default -> throw new IllegalArgumentException("no such option: " + option);
            }
        }
        return new Options(
                ways, loads, callers, rounds, seconds, warmUp, cold, jvm, jar.toAbsolutePath(), libraries, write);
    }

    private static String value(String option, Deque<String> rest) {
        if (rest.isEmpty()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return rest.pop();
    }

    private static List<String> ways(String value) {
        List<String> ways = new ArrayList<>(words(value, ",").toList());
        if (!ways.stream().allMatch(way -> ALL_WAYS.contains(way) || way.equals(BARE_ROUTE))) {
            throw new IllegalArgumentException("--only takes " + ALL_WAYS + " and " + BARE_ROUTE + ", but is " + value);
        }
        return ways;
    }

    private static List<Load> loads(String value) {
        try {
            return words(value, ",")
                    .map(word -> Load.valueOf(word.toUpperCase(Locale.ROOT)))
                    .toList();
        } catch (IllegalArgumentException unknown) {
            throw new IllegalArgumentException(
                    "--load takes " + Stream.of(Load.values()).map(Load::option).toList() + ", but is " + value,
                    unknown);
        }
    }

    private static Stream<String> words(String value, String separator) {
        return Stream.of(value.split(separator)).filter(word -> !word.isEmpty());
    }
}
