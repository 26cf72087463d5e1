package io.clauderoutes.agent;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.concurrent.CancellableWait;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs the calls of one round, so many side by side, and waits for them. A call that takes too long is interrupted and forgotten. */
final class ToolWait {

    private final ExecutorService executor;
    private final int most;
    private final BlockingQueue<CalledTool> done = new LinkedBlockingQueue<>();
    private final Map<CalledTool, Future<?>> running = new HashMap<>();

    ToolWait(ExecutorService executor, int most) {
        this.executor = executor;
        this.most = most;
    }

    /**
     * Runs calls to their end.
     *
     * @param check throws if the results are no longer needed
     * @param ended gets each call that has ended, on this thread
     */
    void run(List<CalledTool> calls, Runnable check, Consumer<CalledTool> ended) {
        Deque<CalledTool> waiting = new ArrayDeque<>(calls);
        try {
            while (!waiting.isEmpty() || !running.isEmpty()) {
                while (!waiting.isEmpty() && running.size() < most) {
                    start(waiting.remove());
                }
                CalledTool one = done.poll(CancellableWait.LOOK_NANOS, TimeUnit.NANOSECONDS);
                if (one != null && running.remove(one) != null) {
                    ended.accept(one);
                }
                giveUpSlow(ended);
                check.run();
            }
        } catch (InterruptedException | RejectedExecutionException stopping) {
            if (stopping instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new ClaudeException.Unavailable(ApiError.ours(503, "api_error", "the bundle is stopping"), stopping);
        } finally {
            running.values().forEach(future -> future.cancel(true));
        }
    }

    private void start(CalledTool call) {
        call.starts();
        running.put(call, executor.submit(() -> {
            try {
                call.run();
            } finally {
                call.threadEnds();
                done.add(call);
            }
        }));
    }

    private void giveUpSlow(Consumer<CalledTool> ended) {
        Iterator<Map.Entry<CalledTool, Future<?>>> each = running.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<CalledTool, Future<?>> one = each.next();
            if (one.getKey().leftNanos() <= 0) {
                one.getKey().timedOut();
                one.getValue().cancel(true);
                each.remove();
                ended.accept(one.getKey());
            }
        }
    }
}
