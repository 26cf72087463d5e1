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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

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
    private final RequestLog log;
    private final Till till;
    private final FaultSource faults;

    private Simulator(Vertx vertx, int port, RequestLog log, Till till, FaultSource faults) {
        this.vertx = vertx;
        this.port = port;
        this.log = log;
        this.till = till;
        this.faults = faults;
    }

    /** Begins to listen. The clock is that of rate limits, of the prompt cache and of the recorded requests. */
    public static Simulator start(SimulatorSettings settings, Clock clock) {
        Till till = new Till();
        RequestLog log = new RequestLog(settings.requestsKept());
        FaultSource faults = new FaultSource(settings.faultPercentages());
        RateLimits limits = new RateLimits(settings, clock);
        Credentials credentials = new Credentials(settings.acceptedKeys());
        Answering answering = new Answering(settings, limits, faults, till);
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setUseDaemonThread(true)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        FrontDoor door = new FrontDoor(
                vertx,
                clock,
                settings.seed(),
                log,
                till,
                new MessagesApi(settings, clock, credentials, limits, answering),
                new PromptApi(settings, credentials, limits, answering),
                new ControlApi(till, faults));
        try {
            HttpServer server = await(vertx.createHttpServer(new HttpServerOptions()
                            .setHost(HOST)
                            .setPort(settings.port())
                            .setTcpNoDelay(true)
                            .setMaxHeaderSize(LARGEST_HEADER)
                            .setMaxInitialLineLength(LARGEST_HEADER)
                            .setHandle100ContinueAutomatically(true))
                    .requestHandler(door)
                    .listen());
            return new Simulator(vertx, server.actualPort(), log, till, faults);
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
        return till.bill();
    }

    /** The last requests, oldest first, without those to the simulator's own endpoints. */
    public List<ReceivedRequest> requests() {
        return log.all();
    }

    /** Says what goes wrong with the next calls for text, one each; {@link Fault.Ok} lets one pass. */
    public void next(Fault... next) {
        faults.script(List.of(next));
    }

    /** What was said with {@link #next} and has not happened yet. */
    public List<Fault> unasked() {
        return faults.unasked();
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
