package io.clauderoutes.bundle;

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

/** The threads of the bundle. What blocks runs on virtual threads where the JDK has them; permits, not pools, are the limits. */
public final class Workers {

    private static final int WAITING_PER_POOL = 1000;
    private static final int VIRTUAL_SINCE = 21;

    private Workers() {}

    /** Whether what blocks runs on virtual threads here. */
    public static boolean areVirtual() {
        return Runtime.version().feature() >= VIRTUAL_SINCE;
    }

    /** One thread for each task at work. */
    public static ExecutorService perTask(String name) {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException olderJdk) {
            return Executors.newCachedThreadPool(threads(name));
        }
    }

    /** So many threads and no more; whoever brings work that finds no room does it. */
    static ExecutorService pool(String name, int size) {
        return new ThreadPoolExecutor(
                size,
                size,
                1,
                TimeUnit.MINUTES,
                new LinkedBlockingQueue<>(WAITING_PER_POOL),
                threads(name),
                new ThreadPoolExecutor.CallerRunsPolicy());
    }

    static ScheduledExecutorService scheduler(String name) {
        ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1, threads(name));
        scheduler.setRemoveOnCancelPolicy(true);
        return scheduler;
    }

    private static ThreadFactory threads(String name) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
