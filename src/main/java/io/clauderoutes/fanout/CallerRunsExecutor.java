package io.clauderoutes.fanout;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Runs a task on the caller's own thread, and cancels it there when it takes too long. It saves a hand-over between threads. */
final class CallerRunsExecutor implements Executor {

    private final Duration limit;
    private final ScheduledExecutorService scheduler;

    CallerRunsExecutor(Duration limit, ScheduledExecutorService scheduler) {
        this.limit = limit;
        this.scheduler = scheduler;
    }

    @Override
    public void execute(Runnable task) {
        Future<?> cancellable = (Future<?>) task;
        Future<?> cut = scheduler.schedule(() -> cancellable.cancel(true), limit.toNanos(), TimeUnit.NANOSECONDS);
        task.run();
        cut.cancel(false);
        if (cancellable.isCancelled()) {
            // The interrupt was for the task, and it is over.
            Thread.interrupted();
        }
    }
}
