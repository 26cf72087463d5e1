package io.clauderoutes.support;

import io.clauderoutes.concurrent.Threads;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

/**
 * One executor for everything.
 *
 * @param all null in a test in which nothing runs beside it
 */
public record TestThreads(ScheduledExecutorService all) implements Threads {

    @Override
    public ScheduledExecutorService timer() {
        return all;
    }

    @Override
    public ExecutorService perTask(String name) {
        return all;
    }

    @Override
    public ScheduledExecutorService single(String name) {
        return all;
    }

    @Override
    public ExecutorService pool(String name, int size) {
        return all;
    }
}
