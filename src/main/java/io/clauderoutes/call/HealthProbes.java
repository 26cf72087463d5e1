package io.clauderoutes.call;

import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.EndpointHealth;
import io.clauderoutes.call.endpoint.Failures;
import io.clauderoutes.call.http.DirectCalls;
import io.clauderoutes.call.http.WireHeaders;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.settings.EndpointSettings;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at endpoints several times a second, and probes those that are out or idle with a call that costs nothing. It goes over
 * a client of its own, so that a probe waits for no connection that a prompt holds.
 */
final class HealthProbes implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HealthProbes.class);
    private static final long LOOK_EVERY_MILLIS = 100;
    private static final long STANDSTILL_NANOS = TimeUnit.MILLISECONDS.toNanos(4 * LOOK_EVERY_MILLIS);
    private static final double EARLIEST = 0.8;
    private static final double SPREAD = 0.4;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int SERVER_ERROR = 500;

    private final List<Probed> all;
    private final Executor threads;
    private final DoubleSupplier chance;
    private final LongSupplier ticker;
    private final Future<?> looking;
    private volatile long looked;

    /** One endpoint and its probes so far. */
    private final class Probed {
        private final Endpoint endpoint;
        private final CloseableHttpClient client;
        private final AtomicBoolean busy = new AtomicBoolean();
        private final AtomicLong last = new AtomicLong(ticker.getAsLong());
        private final AtomicLong lastWatched = new AtomicLong(ticker.getAsLong());
        private volatile double jitter = 1;

        private Probed(Endpoint endpoint, CloseableHttpClient client) {
            this.endpoint = endpoint;
            this.client = client;
        }
    }

    /** A client for an endpoint's probes. */
    @FunctionalInterface
    interface Clients {
        CloseableHttpClient of(Endpoint endpoint);
    }

    /** Probes endpoints. */
    HealthProbes(List<Endpoint> endpoints, Clients clients, BundleRuntime runtime) {
        this.threads = runtime.threads().perTask("claude-probe");
        this.chance = runtime.chance();
        this.ticker = runtime.ticker();
        this.looked = ticker.getAsLong();
        this.all = endpoints.stream()
                .map(endpoint -> new Probed(endpoint, clients.of(endpoint)))
                .toList();
        this.looking = runtime.threads()
                .timer()
                .scheduleWithFixedDelay(this::look, LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        long now = ticker.getAsLong();
        if (now - looked > STANDSTILL_NANOS) {
            // The process stood still, and what has come meanwhile is not read yet.
            all.forEach(probed -> probed.endpoint.health().stoodStill());
        }
        looked = now;
        for (Probed probed : all) {
            try {
                look(probed);
            } catch (RuntimeException failure) {
                // The others are still to be looked at.
                LOG.warn("endpoint {} could not be looked at: {}", probed.endpoint.name(), failure.toString());
            }
        }
    }

    private void look(Probed probed) {
        EndpointHealth health = probed.endpoint.health();
        health.usable(probed.endpoint.credential().health().usable());
        health.look(all.stream()
                .anyMatch(other -> other != probed && other.endpoint.health().takesCalls()));
        boolean probes = !probed.endpoint
                .settings()
                .availability()
                .health()
                .probe()
                .path()
                .isEmpty();
        if (probes && health.isProbeDue(probed.last.get(), probed.jitter) && probed.busy.compareAndSet(false, true)) {
            probed.last.set(ticker.getAsLong());
            probed.jitter = EARLIEST + SPREAD * chance.getAsDouble();
            threads.execute(() -> probe(probed, health::probedWell, health::probedBadly));
        } else if (probes
                && health.isWatchProbeDue(probed.lastWatched.get())
                && probed.busy.compareAndSet(false, true)) {
            probed.lastWatched.set(ticker.getAsLong());
            threads.execute(() -> probe(probed, health::watchedWell, health::watchedBadly));
        }
    }

    private static void probe(Probed probed, Runnable well, Consumer<String> badly) {
        try {
            int status = probed.client.execute(request(probed.endpoint.settings()), response -> {
                EntityUtils.consume(response.getEntity());
                return response.getCode();
            });
            if (status == UNAUTHORIZED || status == FORBIDDEN || status >= SERVER_ERROR) {
                badly.accept("status " + status);
            } else {
                well.run();
            }
        } catch (IOException | RuntimeException failure) {
            badly.accept(Failures.of(failure, probed.endpoint.name())
                    .map(ours -> ours.error().message())
                    .orElse("no answer"));
        } finally {
            probed.busy.set(false);
        }
    }

    private static ClassicHttpRequest request(EndpointSettings settings) {
        return ClassicRequestBuilder.get(DirectCalls.base(settings.url())
                        + settings.availability().health().probe().path())
                .setHeader(WireHeaders.VERSION, settings.api().version())
                .build();
    }

    @Override
    public void close() {
        looking.cancel(false);
        for (Probed probed : all) {
            try {
                probed.client.close();
            } catch (IOException alreadyClosed) {
                LOG.debug("endpoint {}: its probes' HTTP client was closed already", probed.endpoint.name());
            }
        }
    }
}
