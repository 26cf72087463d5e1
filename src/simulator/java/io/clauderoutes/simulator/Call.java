package io.clauderoutes.simulator;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** One request with its whole body, and the ways to answer it at once. */
final class Call {

    private static final String ORGANIZATION = "00000000-0000-4000-8000-000000000000";
    private static final String WORKSPACE = "wrkspc_sim";
    private static final String JSON = "application/json";

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final byte[] body;
    private final String id;
    private final SplittableRandom random;
    private final Till till;
    private boolean settled;

    Call(Vertx vertx, HttpServerRequest request, byte[] body, String id, SplittableRandom random, Till till) {
        this.vertx = vertx;
        this.request = request;
        this.body = body;
        this.id = id;
        this.random = random;
        this.till = till;
    }

    Vertx vertx() {
        return vertx;
    }

    byte[] body() {
        return body;
    }

    /** The part that the request's and the message's ids have in common. */
    String id() {
        return id;
    }

    SplittableRandom random() {
        return random;
    }

    HttpServerResponse response() {
        return request.response();
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(request.getHeader(name)).map(String::strip).filter(value -> !value.isEmpty());
    }

    Optional<String> parameter(String name) throws RefusedCall {
        try {
            return Optional.ofNullable(request.getParam(name));
        } catch (IllegalArgumentException e) {
            throw new RefusedCall(ErrorReply.invalid("the query is not encoded as it should be"));
        }
    }

    void json(int status, byte[] json) {
        head(status, JSON);
        response().end(Buffer.buffer(json));
    }

    void refuse(ErrorReply error) {
        error.headers().forEach(response()::putHeader);
        json(error.status(), error.body("req_" + id));
    }

    /** An answer that does not come from the API, and so has none of its headers. */
    void text(int status, String contentType, String text) {
        till.status(status);
        response().setStatusCode(status).putHeader("content-type", contentType).end(text);
    }

    /** Sets status and headers and counts the status. */
    void head(int status, String contentType) {
        till.status(status);
        HttpServerResponse response = response();
        response.setStatusCode(status);
        response.putHeader("content-type", contentType);
        response.putHeader("request-id", "req_" + id);
        response.putHeader("anthropic-organization-id", ORGANIZATION);
        if (status != 401) {
            response.putHeader("anthropic-workspace-id", WORKSPACE);
        }
    }

    HardReset reset() {
        return new HardReset(vertx, request);
    }

    /** Ends without an answer. */
    void hangUp() {
        if (!settled) {
            settled = true;
            till.unanswered();
            reset().now();
        }
    }

    /** Does nothing for a while, and then goes on if the client is still there. */
    void wait(Duration duration, Runnable goOn) {
        if (duration.isZero()) {
            goOn.run();
            return;
        }
        BooleanSupplier cancel = duration.equals(Fault.FOREVER) ? () -> true : later(duration, goOn);
        whenLeft(cancel);
    }

    /** Waits for a slot, goes on after a while in it, and gives the slot back if the client leaves before. */
    void serve(Slots slots, Duration duration, Consumer<Slots.Slot> goOn) {
        if (response().closed()) {
            left(() -> true);
            return;
        }
        Slots.Slot entered = slots.enter(slot -> {
            if (duration.isZero()) {
                goOn.accept(slot);
                return;
            }
            BooleanSupplier timer = later(duration, () -> goOn.accept(slot));
            whenLeft(() -> {
                slot.leave();
                return timer.getAsBoolean();
            });
        });
        if (entered.isWaiting()) {
            whenLeft(() -> {
                entered.leave();
                return true;
            });
        }
    }

    private void whenLeft(BooleanSupplier cancel) {
        response().closeHandler(nothing -> left(cancel));
        response().exceptionHandler(failure -> left(cancel));
    }

    private BooleanSupplier later(Duration duration, Runnable goOn) {
        long timer = vertx.setTimer(Outflow.millis(duration), id -> goOn.run());
        return () -> vertx.cancelTimer(timer);
    }

    private void left(BooleanSupplier cancel) {
        if (!settled && cancel.getAsBoolean()) {
            settled = true;
            till.unanswered();
        }
    }
}
