package io.clauderoutes.fanout;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;

/** The whole answer, as one message. An answer that broke off is not sent. */
final class WholeDelivery implements Delivery {

    private final Sink sink;
    private final Executor executor;
    private FutureTask<Void> task;
    private String text;
    private Map<String, Object> headers;

    WholeDelivery(Sink sink, Executor executor) {
        this.sink = sink;
        this.executor = executor;
    }

    @Override
    public void chunk(String piece, Duration patience) {
        // it is the whole that counts
    }

    @Override
    public void whole(String wholeText, Map<String, Object> facts) {
        text = wholeText;
        headers = facts;
        task = new FutureTask<>(() -> sink.send(wholeText, facts), null);
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
    public void await(Duration patience) {
        sink.settle(task, patience, text, headers);
    }
}
