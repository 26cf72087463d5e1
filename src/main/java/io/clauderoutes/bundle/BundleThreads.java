package io.clauderoutes.bundle;

import io.clauderoutes.concurrent.Threads;
import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The threads of the bundle. Code that blocks runs on virtual threads where the JDK has them; permits, not pools, limit it.
 */
public final class BundleThreads implements Threads {

    private static final int WAITING_PER_POOL = 1000;
    private static final int VIRTUAL_SINCE = 21;

    private final Consumer<AutoCloseable> atTheEnd;
    private final ScheduledExecutorService timer;

    /** @param atTheEnd takes what is to be closed when the bundle ends */
    BundleThreads(Consumer<AutoCloseable> atTheEnd) {
        this.atTheEnd = atTheEnd;
        this.timer = single("claude-timer");
    }

    /** Whether code that blocks runs on virtual threads. */
    public static boolean areVirtual() {
        return Runtime.version().feature() >= VIRTUAL_SINCE;
    }

    /** One thread for each task; the caller ends them. */
    public static ExecutorService threadPerTask(String name) {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException olderJdk) {
            return Executors.newCachedThreadPool(factory(name));
        }
    }

    @Override
    public ScheduledExecutorService timer() {
        return timer;
    }

    @Override
    public ExecutorService perTask(String name) {
        return closing(new LoggedExecutor(threadPerTask(name)));
    }

    @Override
    public ExecutorService pool(String name, int size) {
        return closing(new LoggedExecutor(new ThreadPoolExecutor(
                size,
                size,
                1,
                TimeUnit.MINUTES,
                new LinkedBlockingQueue<>(WAITING_PER_POOL),
                factory(name),
                new ThreadPoolExecutor.CallerRunsPolicy())));
    }

    @Override
    public ScheduledExecutorService single(String name) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, factory(name));
        executor.setRemoveOnCancelPolicy(true);
        return closing(executor);
    }

    private <T extends ExecutorService> T closing(T executor) {
        atTheEnd.accept(executor::shutdownNow);
        return executor;
    }

    private static ThreadFactory factory(String name) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
