package io.clauderoutes.fanout;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Reply;
import io.clauderoutes.request.SinkFailed;
import io.clauderoutes.request.SinkStates;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Each piece of an answer as a message of its own, in order, through a bounded buffer. A sink that fell behind for too long
 * has failed and gets no more pieces; the reply goes on for the others.
 */
final class ChunkDelivery implements Delivery {

    private final Sink sink;
    private final Duration patience;
    private final Map<String, Object> address;
    private final BlockingQueue<Piece> pieces;
    private final SinkStates.Waiting waiting;
    private final FutureTask<Void> task;
    private boolean behind;
    private String text = "";
    private Map<String, Object> headers = Map.of();

    private record Piece(String text, boolean last, Map<String, Object> facts, long atMillis) {}

    /**
     * Begins with nothing.
     *
     * @param patience how long the sink may be behind
     * @param address headers that say which answer the pieces are of
     */
    ChunkDelivery(Sink sink, Executor executor, Duration patience, Map<String, Object> address) {
        this.sink = sink;
        this.patience = patience;
        this.address = Map.copyOf(address);
        this.pieces = new ArrayBlockingQueue<>(sink.buffer());
        this.waiting = sink.delivery(sink.buffer());
        this.task = new FutureTask<>(this::deliver, null);
        executor.execute(task);
    }

    private void deliver() {
        try (SinkStates.Waiting its = waiting) {
            int number = 0;
            boolean last = false;
            while (!last) {
                Piece piece = pieces.take();
                its.waits(pieces.size() + 1, piece.atMillis());
                last = piece.last();
                Map<String, Object> facts = new HashMap<>(address);
                facts.putAll(piece.facts());
                facts.put(ClaudeHeaders.CHUNK, number++);
                facts.put(ClaudeHeaders.LAST, last);
                sink.send(piece.text(), facts);
                its.taken(piece.atMillis());
                its.waits(pieces.size(), its.now());
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new SinkFailed(sink.name(), stopping);
        }
    }

    @Override
    public void chunk(String piece) {
        put(piece(piece, false, Map.of()), patience);
    }

    @Override
    public void tool(byte[] event) {
        put(piece("", false, Map.of(ClaudeHeaders.TOOL_EVENT, new String(event, UTF_8))), patience);
    }

    private Piece piece(String its, boolean last, Map<String, Object> facts) {
        return new Piece(its, last, facts, waiting.now());
    }

    private void put(Piece piece, Duration longest) {
        if (behind || task.isDone()) {
            return;
        }
        try {
            behind = !pieces.offer(piece, longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            behind = true;
        }
        if (behind) {
            task.cancel(true);
        }
    }

    @Override
    public void whole(Reply reply, Map<String, Object> facts) {
        text = reply.text();
        headers = facts;
        put(piece("", true, facts), patience);
    }

    @Override
    public void forgotten() {
        task.cancel(true);
        waiting.close();
    }

    @Override
    public void broken(String reason) {
        put(piece("", true, Map.of(ClaudeHeaders.ERROR, reason)), Duration.ZERO);
    }

    @Override
    public void await() {
        if (behind) {
            waiting.close();
            sink.failed(new SinkFailed(sink.name(), new TimeoutException("its buffer stayed full")), text, headers);
            return;
        }
        sink.settle(task, patience, text, headers);
    }
}
