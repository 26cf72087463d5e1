package io.clauderoutes.fanout;

import io.clauderoutes.Reply;
import io.clauderoutes.request.SinkStates;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;

/** The whole answer, as one message. An answer that broke off is not sent. */
final class WholeDelivery implements Delivery {

    private final Sink sink;
    private final Executor executor;
    private final Duration patience;
    private FutureTask<Void> task;
    private SinkStates.Waiting waiting;
    private String body;
    private Map<String, Object> headers;

    /** @param patience how long the sink may be behind */
    WholeDelivery(Sink sink, Executor executor, Duration patience) {
        this.sink = sink;
        this.executor = executor;
        this.patience = patience;
    }

    @Override
    public void chunk(String piece) {
        // it is the whole that counts
    }

    @Override
    public void tool(byte[] event) {
        // it is the reply that counts
    }

    @Override
    public void whole(Reply reply, Map<String, Object> facts) {
        body = sink.wantsJson() ? reply.message().toString() : reply.text();
        headers = facts;
        waiting = sink.delivery(1);
        long begun = waiting.now();
        waiting.waits(1, begun);
        task = new FutureTask<>(
                () -> {
                    sink.send(body, facts);
                    waiting.taken(begun);
                },
                null);
        executor.execute(task);
    }

    @Override
    public void forgotten() {
        // nothing was begun
    }

    @Override
    public void broken(String reason) {
        // there is no whole
    }

    @Override
    public void await() {
        try {
            sink.settle(task, patience, body, headers);
        } finally {
            waiting.close();
        }
    }
}
