package io.clauderoutes.call;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Reply;
import io.clauderoutes.Usage;
import io.clauderoutes.call.endpoint.Endpoint;
import io.clauderoutes.call.endpoint.EndpointBreaker;
import io.clauderoutes.call.endpoint.Failures;
import io.clauderoutes.call.endpoint.Quota;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.Attempt;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.CallSettings;
import io.clauderoutes.tracing.TraceSpan;
import java.time.Duration;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * One call to one endpoint: it is admitted by the credential, the quota and the circuit breaker, recorded before it is sent, sent, and
 * settled with all of them.
 */
final class EndpointCall {

    private static final String METHOD = "messages";
    private static final int OK = 200;

    private final CallSettings settings;
    private final boolean singleEndpoint;
    private final CallPorts ports;
    private final ClaudeMeters meters;
    private final BundleRuntime runtime;

    /** @param singleEndpoint whether no other endpoint can take a call: then the call waits where it would be refused otherwise */
    EndpointCall(
            CallSettings settings,
            boolean singleEndpoint,
            CallPorts ports,
            ClaudeMeters meters,
            BundleRuntime runtime) {
        this.settings = settings;
        this.singleEndpoint = singleEndpoint;
        this.ports = ports;
        this.meters = meters;
        this.runtime = runtime;
    }

    /** What a call holds of its endpoint. */
    private record Admission(Quota quota, Quota.Reservation reservation, EndpointBreaker.Trial trial) {}

    /** Makes the call; a failure that is not the call's own stays on the exchange. */
    CallOutcome make(Exchange exchange, Endpoint endpoint, Processor route, CallTerms terms) {
        Request request = Request.of(exchange);
        exchange.getMessage().setBody(request.prompt());
        Admission admission;
        Attempt attempt;
        try {
            admission = admit(request, endpoint, terms);
            attempt = record(exchange, endpoint, admission, terms);
        } catch (ClaudeException refused) {
            return new CallOutcome(endpoint, false, Optional.of(refused));
        }
        endpoint.health().began(attempt.startedNanos());
        terms.onStart().run();
        TraceSpan around = TraceSpan.of(exchange);
        if (around.isOn()) {
            attempt.span().putOn(exchange);
        }
        attempt.span().enterLog();
        try {
            send(exchange, attempt, admission.trial(), route);
            Duration took = Duration.ofNanos(runtime.ticker().getAsLong() - attempt.startedNanos());
            CallOutcome outcome = settle(exchange, endpoint, attempt, admission, terms, took);
            CallSpan.ended(attempt, outcome.failure());
            return outcome;
        } finally {
            attempt.span().leaveLog();
            attempt.span().end();
            if (around.isOn()) {
                around.putOn(exchange);
            }
        }
    }

    private Admission admit(Request request, Endpoint endpoint, CallTerms terms) {
        if (request.isCancelled()) {
            throw Failures.unwanted(endpoint.name(), null);
        }
        if (request.credential().isEmpty()) {
            endpoint.credential().await(terms.deadlineNanos());
        }
        long now = runtime.ticker().getAsLong();
        Quota quota = endpoint.quotas().of(request.prompt().request().model());
        awaitPause(quota, endpoint.name(), request, terms);
        // An endpoint is chosen although it is full only if all are.
        endpoint.concurrency()
                .acquire(
                        () -> quota.callsLeft(request.prompt().request()), terms.deadlineNanos(), request::isCancelled);
        try {
            Quota.Reservation reservation = quota.reserve(
                    request.prompt().request(), terms.waits() ? terms.deadlineNanos() : now, request::isCancelled);
            return new Admission(quota, reservation, trial(request, endpoint, quota, reservation, terms));
        } catch (ClaudeException refused) {
            endpoint.concurrency().release();
            throw refused;
        }
    }

    private EndpointBreaker.Trial trial(
            Request request, Endpoint endpoint, Quota quota, Quota.Reservation reservation, CallTerms terms) {
        try {
            return endpoint.breaker()
                    .admit(
                            request::isAbandoned,
                            terms.waits() || singleEndpoint
                                    ? terms.deadlineNanos()
                                    : runtime.ticker().getAsLong());
        } catch (ClaudeException refused) {
            quota.giveBack(reservation);
            throw refused;
        }
    }

    private Attempt record(Exchange exchange, Endpoint endpoint, Admission admission, CallTerms terms) {
        Request request = Request.of(exchange);
        try {
            CallRecorder.Entry entry = ports.recorder().open(request, endpoint.name());
            Attempt attempt = new Attempt(
                    request,
                    endpoint.name(),
                    runtime.ticker().getAsLong(),
                    entry,
                    terms.race(),
                    CallSpan.begun(TraceSpan.of(exchange), request, endpoint));
            request.progress().begins(attempt);
            return attempt;
        } catch (ClaudeException notRecorded) {
            admission.trial().close();
            admission.quota().giveBack(admission.reservation());
            endpoint.concurrency().release();
            throw notRecorded;
        }
    }

    private static void send(Exchange exchange, Attempt attempt, EndpointBreaker.Trial trial, Processor route) {
        attempt.putOn(exchange);
        exchange.setProperty(EndpointBreaker.TRIAL, trial);
        try (trial) {
            route.process(exchange);
        } catch (Exception thrown) {
            exchange.setException(thrown);
        } finally {
            exchange.removeProperty(EndpointBreaker.TRIAL);
            exchange.removeProperty(ClaudeHeaders.ATTEMPT);
        }
    }

    private CallOutcome settle(
            Exchange exchange,
            Endpoint endpoint,
            Attempt attempt,
            Admission admission,
            CallTerms terms,
            Duration took) {
        endpoint.health().ended();
        endpoint.concurrency().release();
        if (!attempt.isReplying()) {
            if (attempt.isUnwanted()) {
                endpoint.health().cancelled();
            } else {
                endpoint.health().gaveNoToken();
            }
        }
        Exception thrown = exchange.getException();
        if (thrown == null) {
            succeeded(endpoint, attempt, admission, took);
            terms.failures().succeeded(endpoint);
            return new CallOutcome(endpoint, true, Optional.empty());
        }
        Optional<ClaudeException> failure = Failures.of(thrown, endpoint.name());
        if (failure.isEmpty()) {
            // The reply was received and paid for; what failed came after it.
            received(attempt, admission);
            endpoint.breaker().answered(took);
            meters.calls().called(endpoint.name(), METHOD, OK, took);
            return new CallOutcome(endpoint, true, Optional.empty());
        }
        ClaudeException cause = failure.get();
        attempt.entry().failed(cause, Failures.mayHaveBeenSent(thrown));
        failed(endpoint, attempt, admission, cause);
        boolean heldBack = Failures.isKeptBack(cause);
        if (!heldBack) {
            terms.failures().failed(endpoint, cause, took);
            meters.calls().called(endpoint.name(), METHOD, cause.status(), took);
        }
        return new CallOutcome(endpoint, singleEndpoint || !heldBack, failure);
    }

    private void succeeded(Endpoint endpoint, Attempt attempt, Admission admission, Duration took) {
        received(attempt, admission);
        endpoint.health().succeeded();
        meters.calls().called(endpoint.name(), METHOD, OK, took);
    }

    /** What the reply used takes the place of what was reserved. */
    private static void received(Attempt attempt, Admission admission) {
        attempt.entry().ended();
        admission
                .quota()
                .settle(
                        admission.reservation(),
                        attempt.request().progress().reply().map(Reply::usage).orElse(Usage.UNKNOWN));
    }

    private static void failed(Endpoint endpoint, Attempt attempt, Admission admission, ClaudeException cause) {
        Request request = attempt.request();
        // A superseded call has been at work, and may count at the endpoint.
        if (!request.progress().isContentDelivered() && !cause.error().isSuperseded()) {
            admission.quota().giveBack(admission.reservation());
        }
        // Each client with its own credential has its own limits.
        if (Failures.isLimit(cause)
                && !cause.error().isSpendLimit()
                && request.credential().isEmpty()) {
            cause.retryAfter().ifPresent(wait -> admission
                    .quota()
                    .pause(
                            wait,
                            request.prompt().request(),
                            cause.error().response().headers()));
        }
        if (Failures.isSignOfLoad(cause) && request.credential().isEmpty()) {
            endpoint.concurrency().dropped(attempt.startedNanos());
        }
        if (Failures.isEndpointsFault(cause, endpoint.name()) && !Failures.isKeptBack(cause)) {
            endpoint.health().failed(cause);
        }
    }

    /** Waits until the pause of the endpoint's quota is over, if the terms allow it. */
    private void awaitPause(Quota quota, String name, Request request, CallTerms terms) {
        Duration pause = quota.pause(request.prompt().request());
        if (pause.isZero()) {
            return;
        }
        boolean waits = terms.waits() && !request.isFromGateway();
        if (!waits
                || pause.compareTo(settings.retry().retryAfterMax()) > 0
                || runtime.ticker().getAsLong() + pause.toNanos() - terms.deadlineNanos() > 0) {
            throw new ClaudeException.RateLimited(
                    ApiError.ours(429, "rate_limit_error", "endpoint " + name + " has asked for a pause")
                            .withRetryAfter(pause));
        }
        runtime.sleep().slept(pause, request::isCancelled);
    }
}
