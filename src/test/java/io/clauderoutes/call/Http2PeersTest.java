package io.clauderoutes.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Http2Proxy;
import io.clauderoutes.support.Http2Proxy.Access;
import io.clauderoutes.support.TestCertificates;
import java.io.BufferedReader;
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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls over HTTP/2 through nginx and nghttpx, where they are installed, to the simulator. Most of its time is waiting. */
@Timeout(180)
@Execution(ExecutionMode.CONCURRENT)
class Http2PeersTest {

    private static final int STREAMS = 100;
    private static final int PIECES = 50;
    private static final int PIECE_CHARS = 16;
    private static final int UNLIMITED = 1_000_000;
    private static final String LONG = "say exactly: " + "a deep, deep sea".repeat(PIECES);
    private static final Fault SLOW = new Fault.Slow(Duration.ZERO, 20);

    @TempDir
    private static Path keys;

    private static TestCertificates own;

    @TempDir
    private Path folder;

    private final Simulator claude =
            Simulator.start(SimulatorSettings.instant().withDeltaChars(PIECE_CHARS), Clock.systemUTC());
    private final List<Http2Proxy> proxies = new ArrayList<>();
    private Bundle bundle = Bundle.calling(claude);

    @BeforeAll
    static void keys_are_made() {
        own = TestCertificates.forThisMachine(keys);
    }

    @AfterEach
    void all_is_closed() {
        bundle.close();
        proxies.forEach(Http2Proxy::close);
        claude.close();
    }

    private Http2Proxy proxy(Http2Proxy.Kind kind, int mostRequests) {
        Http2Proxy proxy =
                Http2Proxy.start(kind, folder.resolve("proxy" + proxies.size()), own, claude.port(), mostRequests);
        proxies.add(proxy);
        return proxy;
    }

    private Http2Proxy through(Http2Proxy.Kind kind, int mostRequests) {
        Http2Proxy proxy = proxy(kind, mostRequests);
        bundle = Bundle.callingUrl(proxy.url())
                .with("claude.endpoints.primary.http-version", "2")
                .with("claude.endpoints.primary.trusted-certificates", proxy.certificate())
                .with("claude.cache.enabled", "false")
                .with("claude.throttle.in-flight", "1000")
                .with("claude.fan-out.on-caller-gone", "stop");
        return proxy;
    }

    private static Fault[] times(int times, Fault fault) {
        return Collections.nCopies(times, fault).toArray(Fault[]::new);
    }

    private List<Future<Exchange>> asking(int calls, String prompt) {
        List<Future<Exchange>> asking = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            String its = prompt + i;
            asking.add(bundle.inBackground(() -> bundle.send(its)));
        }
        return asking;
    }

    private static List<Exchange> ends(List<Future<Exchange>> calls) throws Exception {
        List<Exchange> ends = new ArrayList<>();
        for (Future<Exchange> call : calls) {
            ends.add(call.get(60, TimeUnit.SECONDS));
        }
        return ends;
    }

    private long callsArrived() {
        return claude.bill().callsOf("/v1/messages");
    }

    @ParameterizedTest
    @EnumSource
    void a_whole_reply_comes_whole_and_a_stream_in_its_pieces(Http2Proxy.Kind kind) throws Exception {
        Http2Proxy proxy = through(kind, UNLIMITED);
        bundle.with("claude.sinks.live.uri", "mock:live").with("claude.sinks.live.chunks", "true");
        bundle.mock("live").expectedMinimumMessageCount(PIECES);

        String whole = bundle.ask("say exactly: Deep.", Map.of(ClaudeHeaders.STREAM, false));
        String streamed = bundle.ask(LONG, Map.of(ClaudeHeaders.SINKS, "live"));

        assertThat(whole).isEqualTo("Deep.");
        assertThat(streamed).isEqualTo(LONG.substring("say exactly: ".length()));
        bundle.mock("live").assertIsSatisfied();
        Bundle.until(() -> proxy.accesses().size() == 2);
        assertThat(proxy.accesses())
                .extracting(Access::protocol, Access::status)
                .containsOnly(Tuple.tuple(protocol(kind), 200));
    }

    private static String protocol(Http2Proxy.Kind kind) {
        return kind == Http2Proxy.Kind.NGINX_TLS ? "HTTP/2.0" : kind == Http2Proxy.Kind.NGHTTPX_TLS ? "h2" : "h2c";
    }

    @ParameterizedTest
    @EnumSource(names = {"NGINX_TLS", "NGHTTPX_PLAIN"})
    void a_hundred_streams_at_once_share_two_connections_at_most(Http2Proxy.Kind kind) throws Exception {
        Http2Proxy proxy = through(kind, UNLIMITED);
        claude.next(times(STREAMS, SLOW));

        List<Future<Exchange>> asking = asking(STREAMS, LONG);
        Bundle.until(() -> claude.bill().streams().begun() == STREAMS);

        assertThat(claude.bill().streams().ended())
                .as("all are at work at once")
                .isZero();
        assertThat(ends(asking))
                .allSatisfy(end -> assertThat(end.getException()).isNull());
        Bundle.until(() -> proxy.accesses().size() == STREAMS);
        assertThat(proxy.connections()).isLessThanOrEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"NGINX_TLS", "NGHTTPX_PLAIN"})
    void a_caller_who_leaves_resets_its_stream_and_no_other(Http2Proxy.Kind kind) throws Exception {
        Http2Proxy proxy = through(kind, UNLIMITED);
        bundle.withHttpDoor();
        claude.next(SLOW, SLOW);
        Future<Exchange> other = bundle.inBackground(() -> bundle.send(LONG));
        Bundle.until(() -> claude.bill().streams().begun() == 1);

        readsAPieceAndLeaves();

        Bundle.until(() -> claude.bill().streams().cut() == 1);
        assertThat(other.isDone()).as("the other goes on meanwhile").isFalse();
        assertThat(other.get(60, TimeUnit.SECONDS).getException()).isNull();
        Bundle.until(() -> proxy.accesses().size() == 2);
        assertThat(proxy.connections()).isEqualTo(1);
    }

    private void readsAPieceAndLeaves() throws Exception {
        HttpResponse<InputStream> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                                .POST(HttpRequest.BodyPublishers.ofString("""
                                        {"model":"claude-sonnet-5-5","max_tokens":10000,"stream":true,
                                         "messages":[{"role":"user","content":"Write 5000 words on rivers"}]}"""))
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null && !line.contains("content_block_delta")) {
                line = lines.readLine();
            }
            assertThat(line).as("a piece of an answer").isNotNull();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NGINX_TLS", "NGHTTPX_PLAIN"})
    void a_peer_that_is_killed_fails_the_streams_that_had_begun_on_it_and_nothing_else(Http2Proxy.Kind kind)
            throws Exception {
        Http2Proxy killed = through(kind, UNLIMITED);
        Http2Proxy spared = proxy(kind, UNLIMITED);
        bundle.with("claude.endpoints.second.url", spared.url())
                .with("claude.endpoints.second.http-version", "2")
                .with("claude.endpoints.second.trusted-certificates", spared.certificate())
                .with("claude.endpoints.*.out-after-silence", "1m")
                .with("claude.call.order", "weight");
        claude.next(times(40, SLOW));
        List<Future<Exchange>> begun = asking(40, LONG);
        Bundle.until(() -> claude.bill().streams().begun() == 40);
        claude.next(times(40, new Fault.Slow(Duration.ofSeconds(20), 10_000)));
        List<Future<Exchange>> waiting = asking(40, "say exactly: Deep ");
        Bundle.until(() -> callsArrived() >= 80);

        killed.close();

        assertThat(ends(waiting))
                .allSatisfy(end -> assertThat(end.getException()).isNull());
        List<Exchange> ends = ends(begun);
        assertThat(ends.stream().filter(end -> end.getException() != null))
                .isNotEmpty()
                .allSatisfy(end -> assertThat(Bundle.failureOf(end))
                        .isInstanceOf(ClaudeException.StreamBroken.class)
                        .hasMessageContaining("primary"));
        assertThat(ends.stream().filter(end -> end.getException() == null))
                .isNotEmpty()
                .allSatisfy(end -> assertThat(end.getMessage().getHeader(ClaudeHeaders.ENDPOINT))
                        .isEqualTo("second"));
    }

    @ParameterizedTest
    @EnumSource(names = {"NGINX_TLS", "NGHTTPX_PLAIN"})
    void a_peer_that_says_goodbye_on_its_connections_fails_no_call(Http2Proxy.Kind kind) throws Exception {
        Http2Proxy proxy = through(kind, 20);
        bundle.with("claude.throttle.in-flight", Integer.toString(STREAMS));

        List<Exchange> ends = ends(asking(3 * STREAMS, "say exactly: Deep "));

        assertThat(ends).allSatisfy(end -> assertThat(end.getException()).isNull());
        assertThat(callsArrived()).isEqualTo(3 * STREAMS);
        Bundle.until(() -> proxy.accesses().size() >= 3 * STREAMS);
        assertThat(proxy.connections()).isGreaterThan(2);
    }

    @ParameterizedTest
    @EnumSource(names = "NGHTTPX_PLAIN")
    void a_peer_that_is_replaced_by_another_ends_what_it_has_and_fails_nothing(Http2Proxy.Kind kind) throws Exception {
        Http2Proxy proxy = through(kind, UNLIMITED);
        claude.next(times(STREAMS, SLOW));
        List<Future<Exchange>> begun = asking(STREAMS, LONG);
        Bundle.until(() -> claude.bill().streams().begun() == STREAMS);

        proxy.renew();

        Bundle.until(() -> {
            bundle.ask("say exactly: Deep.");
            return proxy.connections() > 1;
        });
        assertThat(ends(begun)).allSatisfy(end -> assertThat(end.getException()).isNull());
    }
}
