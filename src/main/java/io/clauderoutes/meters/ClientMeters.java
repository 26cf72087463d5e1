package io.clauderoutes.meters;

import java.util.function.Supplier;

/** Clients of the gateway: retained replies and WebSockets. */
public final class ClientMeters {

    private final MeterSeries series;

    ClientMeters(MeterSeries series) {
        this.series = series;
    }

    /**
     * {@code claude.resume.replies}, {@code claude.resume.bytes} and {@code claude.resume.max.bytes}: replies that are retained for
     * clients that come back, the memory that they take, and the memory that they may take.
     */
    public void retainedReplies(Supplier<Number> replies, Supplier<Number> bytes, Supplier<Number> maxBytes) {
        series.gauge("claude.resume.replies", "replies that are retained for their clients", replies);
        series.gauge("claude.resume.bytes", "bytes in memory of the retained replies", bytes);
        series.gauge("claude.resume.max.bytes", "bytes that retained replies may take", maxBytes);
        series.counter("claude.resume.readers", "how", "resumed");
        series.counter("claude.resume.readers", "how", "joined");
    }

    /**
     * A client reads a retained reply again: {@code claude.resume.readers{how}}, {@code resumed} by the id of the reply or {@code
     * joined} by the idempotency key of its request.
     */
    public void resumed(String how) {
        series.counter("claude.resume.readers", "how", how).increment();
    }

    /** {@code claude.websocket.connections} and {@code claude.websocket.requests}: open connections of clients, and their requests in progress. */
    public void webSockets(Supplier<Number> connections, Supplier<Number> requests) {
        series.gauge("claude.websocket.connections", "open WebSockets of clients", connections);
        series.gauge("claude.websocket.requests", "requests in progress over WebSockets", requests);
    }
}
