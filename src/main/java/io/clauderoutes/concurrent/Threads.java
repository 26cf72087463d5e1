package io.clauderoutes.concurrent;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

/** Makes the threads of the bundle. All of them end with the bundle. */
public interface Threads {

    /** The one scheduler of short tasks that never block: timeouts, pings, the start of other work. */
    ScheduledExecutorService timer();

    /**
     * One thread for each task; virtual where the JDK has virtual threads. The log lines of a task name the trace of the thread that
     * hands it in.
     */
    ExecutorService perTask(String name);

    /** One thread, for work that must not run side by side. */
    ScheduledExecutorService single(String name);

    /** At most {@code size} threads; a task that finds no room runs on the thread that submits it. */
    ExecutorService pool(String name, int size);
}
