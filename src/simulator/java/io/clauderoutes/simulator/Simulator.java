package io.clauderoutes.simulator;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A Claude API of our own on loopback, which answers like the real one, counts what it would have billed, and goes
 * wrong on demand. It listens on 127.0.0.1 alone, whatever the settings.
 */
public final class Simulator implements AutoCloseable {

    private static final String HOST = "127.0.0.1";
    private static final int LARGEST_HEADER = 64 * 1024;
    private static final long PATIENCE_SECONDS = 30;

    private final Vertx vertx;
    private final int port;
    private final Records records;
    private final ScriptedFaults faults;
    private final BatchesApi batches;
    private final TokensGiven given;
    private final CallerCheck credentials;

    /** What was requested, and what it was billed with. */
    private record Records(RequestLog log, Charges charges, Till till) {}

    /** What goes wrong next. */
    private record ScriptedFaults(FaultSource calls, FaultSource tokens, BatchFaults batches) {}

    private Simulator(
            Vertx vertx,
            int port,
            Records records,
            ScriptedFaults faults,
            BatchesApi batches,
            TokensGiven given,
            CallerCheck credentials) {
        this.vertx = vertx;
        this.port = port;
        this.records = records;
        this.faults = faults;
        this.batches = batches;
        this.given = given;
        this.credentials = credentials;
    }

    /** Begins to listen. The clock is that of rate limits, of the prompt cache and of the recorded requests. */
    public static Simulator start(SimulatorSettings settings, Clock clock) {
        Charges charges = new Charges(settings.requestsKept());
        Till till = new Till(charges, clock);
        RequestLog log = new RequestLog(settings.requestsKept());
        FaultSource faults = new FaultSource(settings.chance().faultPercentages());
        RateLimits limits = new RateLimits(settings, clock);
        TokensGiven given = new TokensGiven(clock);
        JwtCheck jwts = new JwtCheck(clock);
        CallerCheck credentials =
                new CallerCheck(settings.acceptedKeys(), settings.rules().tokens(), given, jwts);
        FaultSource tokenFaults = new FaultSource(Map.of());
        Answering answering = new Answering(settings, limits, faults, till);
        MessagesApi messages = new MessagesApi(settings, clock, credentials, limits, answering);
        BatchFaults batchFaults = new BatchFaults();
        BatchesApi batches = new BatchesApi(settings, messages, batchFaults, clock, till);
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setUseDaemonThread(true)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        ApiRouter router = new ApiRouter(
                vertx,
                clock,
                settings,
                log,
                till,
                new ApiRouter.Apis(
                        messages,
                        batches,
                        new PromptApi(settings, credentials, limits, answering),
                        new TokenApi(settings.rules().tokens(), given, jwts, tokenFaults, till),
                        new UsageApi(charges, clock),
                        new ControlApi(till, faults, tokenFaults, batchFaults, given)));
        try {
            HttpServer server = await(vertx.createHttpServer(new HttpServerOptions()
                            .setHost(HOST)
                            .setPort(settings.port())
                            .setTcpNoDelay(true)
                            .setMaxHeaderSize(LARGEST_HEADER)
                            .setMaxInitialLineLength(LARGEST_HEADER)
                            .setHandle100ContinueAutomatically(true))
                    .connectionHandler(router.connections())
                    .requestHandler(router)
                    .listen());
            return new Simulator(
                    vertx,
                    server.actualPort(),
                    new Records(log, charges, till),
                    new ScriptedFaults(faults, tokenFaults, batchFaults),
                    batches,
                    given,
                    credentials);
        } catch (IllegalStateException e) {
            await(vertx.close());
            throw new IllegalStateException(
                    "the simulator cannot listen on " + HOST + ":" + settings.port() + ": " + e.getMessage(), e);
        }
    }

    /** Where the API begins, without a path. */
    public URI url() {
        return URI.create("http://" + HOST + ":" + port);
    }

    public int port() {
        return port;
    }

    public Bill bill() {
        return records.till().bill();
    }

    /** What the last answers were billed with, as many as requests are kept, oldest first. */
    public List<Charge> charges() {
        return records.charges().last();
    }

    /** The last requests, oldest first, without those to the simulator's own endpoints. */
    public List<ReceivedRequest> requests() {
        return records.log().all();
    }

    /** Says what goes wrong with the next calls for text, one each; {@link Fault.Ok} lets one pass. */
    public void next(Fault... next) {
        faults.calls().script(List.of(next));
    }

    /**
     * Says what goes wrong with the next calls for tokens, one each.
     *
     * @throws IllegalArgumentException if one is a fault within an answer's text
     */
    public void nextToken(Fault... next) {
        faults.tokens().script(Fault.ofTokens(List.of(next)));
    }

    /** Says what goes wrong with the next batches that are to be created, one each. */
    public void nextCreation(Fault... next) {
        faults.batches().script(BatchFaults.Step.CREATION, List.of(next));
    }

    /** Says what goes wrong with the next looks at a batch, or at the list of batches, one each. */
    public void nextLook(Fault... next) {
        faults.batches().script(BatchFaults.Step.LOOK, List.of(next));
    }

    /** Says what goes wrong with the next readings of results, one each; a delta is half a line. */
    public void nextResults(Fault... next) {
        faults.batches().script(BatchFaults.Step.RESULTS, List.of(next));
    }

    /** Says what becomes of the next items, in the order in which their batches end. */
    public void nextItems(ItemFate... fates) {
        batches.next(List.of(fates));
    }

    /** Ends every batch that is under way. */
    public void endBatches() {
        batches.endAll();
    }

    /** No token that was given out is taken any more. */
    public void revokeTokens() {
        given.revokeAll();
    }

    /** Other keys are taken from now on; none for any key. */
    public void acceptKeys(Set<String> keys) {
        credentials.accept(keys);
    }

    /** What was said with {@link #next} and for batches, and has not happened yet. */
    public List<Fault> unasked() {
        return Stream.concat(faults.calls().unasked().stream(), faults.batches().unasked().stream())
                .toList();
    }

    /** Stops listening and breaks what is still being answered. */
    @Override
    public void close() {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("no answer from the event loop within " + PATIENCE_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
