package io.clauderoutes.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.simulator.Charge;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Patience;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The books next to the simulator's own bill, call by call and token by token, whatever goes wrong. More calls: {@code ./mvnw test
 * -Dtest=ExactnessTest -Dledger.calls=10000}.
 */
class ExactnessTest {

    private static final int CALLS = Integer.getInteger("ledger.calls", 1_000);
    private static final int CALLERS = 16;
    private static final long SEED = Long.getLong("ledger.seed", 20_261_123L);
    /** Without deltas: the message's start, delta and stop, and the block's start and stop. */
    private static final int EVENTS_AROUND = 5;

    private static final int DELTAS = 8;
    private static final int DELTA_CHARS = 16;
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final List<String> MODELS =
            List.of("claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5", "claude-sonnet-4-6");
    private static final Map<Fault, Double> FAULTS = Map.of(
            Fault.status(529),
            8.0,
            Fault.status(500),
            5.0,
            Fault.status(400),
            2.0,
            new Fault.ResetBeforeHeaders(true),
            2.0,
            new Fault.ResetBeforeHeaders(false),
            2.0,
            new Fault.Reset(2),
            3.0,
            new Fault.End(1),
            3.0,
            new Fault.ErrorEvent(2, "overloaded_error", "Overloaded"),
            3.0,
            new Fault.Refusal(0, "cyber"),
            2.0);

    @TempDir
    private Path data;

    private Simulator simulator;
    private Bundle bundle;
    private BookRows books;

    private void start(Map<Fault, Double> faults) {
        simulator = Simulator.start(
                SimulatorSettings.instant()
                        .withRequestsKept(200_000)
                        .withSeed(SEED)
                        .withDeltaChars(DELTA_CHARS)
                        .withFaults(faults),
                Clock.systemUTC());
        bundle = Bundle.calling(simulator)
                .with("claude.ledger.enabled", "true")
                .with("claude.endpoints.*.breaker-failure-percent", "100")
                .with("claude.call.retry-budget-percent", "100")
                .with("claude.data", data.toString());
        books = new BookRows(data);
    }

    @BeforeEach
    void prepare() {
        books = new BookRows(data);
    }

    @AfterEach
    void stop() {
        bundle.close();
        simulator.close();
    }

    /** Until no request is at work, the simulator has noticed who is there no more, and the last rows are written. */
    private void quiet() {
        Patience.until(
                () -> bundle.meter("claude.throttle.in.flight") == 0
                        && simulator.bill().streams().begun()
                                == simulator.bill().streams().ended()
                                        + simulator.bill().streams().cut()
                        && books.number("SELECT count(*) FROM attempt WHERE state IN ('INTENT', 'STARTED')") == 0,
                LONG,
                () -> simulator.bill() + " " + books.of("SELECT state, count(*) FROM attempt GROUP BY state"));
    }

    /** Holds each row against what was billed for it; gives what was billed for none of them. */
    private List<Charge> againstTheBill() {
        Map<String, Charge> charges = simulator.charges().stream()
                .collect(Collectors.toMap(
                        Charge::requestId, Function.identity(), (one, other) -> one, LinkedHashMap::new));
        for (String row : books.of(
                "SELECT request_id, input_tokens, cache_read_tokens, cache_write_5m_tokens,"
                        + " cache_write_1h_tokens, output_tokens FROM attempt WHERE state = 'SETTLED' AND coalesce(cost_micro_usd, 1) <> 0")) {
            Charge charge = charges.remove(row.substring(0, row.indexOf(' ')));
            assertThat(row).isEqualTo(input(charge) + " " + charge.tokens().output());
        }
        for (String row : books.of("SELECT request_id, input_tokens, cache_read_tokens, cache_write_5m_tokens,"
                + " cache_write_1h_tokens FROM attempt WHERE state = 'ABORTED'")) {
            assertThat(row).isEqualTo(input(charges.remove(row.substring(0, row.indexOf(' ')))));
        }
        return List.copyOf(charges.values());
    }

    private static String input(Charge charge) {
        return String.join(
                " ",
                charge.requestId(),
                Long.toString(charge.tokens().input()),
                Long.toString(charge.tokens().cacheRead()),
                Long.toString(charge.tokens().cacheWrite5m()),
                Long.toString(charge.tokens().cacheWrite1h()));
    }

    @Test
    void mixed_calls_a_third_of_which_go_wrong_are_in_the_books_as_they_were_billed() throws InterruptedException {
        start(FAULTS);
        bundle.context();
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        for (int i = 0; i < CALLS; i++) {
            int number = i;
            callers.execute(() -> bundle.send(prompt(number), options(number)));
        }
        callers.shutdown();
        assertThat(callers.awaitTermination(10, TimeUnit.MINUTES)).isTrue();
        quiet();
        bundle.context().stop();

        List<Charge> unmatched = againstTheBill();

        assertThat(books.number("SELECT count(*) FROM attempt WHERE state = 'SETTLED'"))
                .isGreaterThan(CALLS / 3);
        assertThat((long) unmatched.size())
                .as("billed, and no answer came: they can only be among the unknown")
                .isLessThanOrEqualTo(books.number("SELECT count(*) FROM attempt WHERE state = 'UNKNOWN'"));
        assertThat(books.number("SELECT count(*) FROM attempt WHERE state NOT IN ('HIT', 'JOINED')"
                        + " AND coalesce(reason, '') NOT LIKE 'not sent%'"))
                .as("one row for each call that the simulator got")
                .isEqualTo(simulator.bill().callsOf("/v1/messages"));
        assertThat(books.number("SELECT count(*) FROM attempt WHERE state IN ('HIT', 'JOINED')"
                        + " AND (cost_micro_usd IS NOT NULL OR input_tokens IS NOT NULL)"))
                .as("what was not called cost nothing")
                .isZero();
        assertThat(books.number("SELECT sum(amount_micro_usd) FROM posting")).isZero();
        assertThat(books.number("SELECT sum(amount_micro_usd) FROM posting WHERE account LIKE 'tenant %'"))
                .isEqualTo(books.number("SELECT sum(cost_micro_usd) FROM attempt"));
    }

    /** Texts and requests, some asked before, some with a long prefix that the API caches. */
    private static Object prompt(int number) {
        int kind = number % 10;
        if (kind == 0) {
            return """
                    {"model":"%s","max_tokens":200,"stream":%b,"system":[{"type":"text","text":"%s",
                     "cache_control":{"type":"ephemeral"%s}}],"messages":[{"role":"user","content":"say exactly: cached %d"}]}""".formatted(
                            MODELS.get(number % MODELS.size()),
                            number % 20 == 0,
                            "long prefix ".repeat(600) + number % 3,
                            number % 30 == 0 ? ",\"ttl\":\"1h\"" : "",
                            number);
        }
        return kind < 3
                ? "say exactly: asked before " + number % 7
                : "say exactly: call " + number + " of many, and no more";
    }

    private static Map<String, Object> options(int number) {
        Random random = new Random(SEED + number);
        return Map.of(
                ClaudeHeaders.TENANT,
                "tenant" + random.nextInt(5),
                ClaudeHeaders.MODEL,
                MODELS.get(random.nextInt(MODELS.size())),
                ClaudeHeaders.STREAM,
                random.nextBoolean());
    }

    /** Reads so many events of a stream of its own, and leaves; true unless the stream ended before. */
    private boolean readsAndLeaves(int events) throws IOException, InterruptedException {
        simulator.next(new Fault.Slow(Duration.ZERO, 400));
        String request = """
                {"model":"claude-sonnet-5-5","max_tokens":10000,"stream":true,
                 "messages":[{"role":"user","content":"say exactly: %s"}]}""".formatted("sea %02d is deep; ".formatted(events).repeat(DELTAS));
        HttpResponse<InputStream> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                                .POST(HttpRequest.BodyPublishers.ofString(request))
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            int seen = 0;
            String line = "";
            while (line != null && seen < events) {
                line = lines.readLine();
                seen += line != null && line.startsWith("event:") ? 1 : 0;
            }
            return line != null;
        }
    }

    /** Callers who leave after no event, after one, and so on to one who sees the whole stream; how many there were. */
    private int callersWhoLeaveAtEachEvent() throws IOException, InterruptedException {
        int events = 0;
        while (readsAndLeaves(events)) {
            events++;
        }
        assertThat(events).as("events of a stream").isGreaterThanOrEqualTo(DELTAS + EVENTS_AROUND);
        return events + 1;
    }

    @Test
    void a_caller_who_leaves_at_any_event_leaves_the_exact_bill_behind_when_the_reply_is_read_on() throws Exception {
        start(Map.of());
        bundle.withHttpDoor().with("claude.fan-out.on-caller-gone", "read-on");

        int callers = callersWhoLeaveAtEachEvent();
        quiet();

        assertThat(books.states()).hasSize(callers).containsOnly("INTENT SETTLED");
        assertThat(againstTheBill()).isEmpty();
    }

    @Test
    void a_caller_who_leaves_at_any_event_leaves_exact_input_behind_when_the_reply_is_stopped() throws Exception {
        start(Map.of());
        bundle.withHttpDoor().with("claude.fan-out.on-caller-gone", "stop");

        int callers = callersWhoLeaveAtEachEvent();
        quiet();

        assertThat(books.of("SELECT state FROM attempt"))
                .as("who leaves before there is an answer may leave a call that nobody knows of")
                .hasSizeLessThanOrEqualTo(callers)
                .contains("ABORTED", "SETTLED")
                .isSubsetOf("SETTLED", "ABORTED", "UNKNOWN");
        assertThat((long) againstTheBill().size())
                .isLessThanOrEqualTo(books.number("SELECT count(*) FROM attempt WHERE state = 'UNKNOWN'"));
        assertThat(books.number("SELECT count(*) FROM attempt WHERE state = 'ABORTED' AND cost_micro_usd IS NULL"))
                .isZero();
    }

    @Test
    void an_error_within_a_stream_leaves_exact_input_and_what_was_seen_of_the_output() {
        start(Map.of());
        simulator.next(new Fault.ErrorEvent(2, "overloaded_error", "Overloaded"));

        bundle.failure("Tell me of rivers");
        quiet();

        assertThat(books.of("SELECT state, reason FROM attempt")).containsExactly("ABORTED 529 overloaded_error");
        assertThat(books.number("SELECT output_tokens FROM attempt"))
                .isBetween(1L, simulator.bill().billed().tokens().output() + 2);
        assertThat(againstTheBill()).isEmpty();
    }
}
