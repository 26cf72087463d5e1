package io.clauderoutes.bundle;

import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.concurrent.CancellableWait;
import io.clauderoutes.concurrent.SleepFunction;
import io.clauderoutes.fanout.Terminal;
import io.clauderoutes.message.MessageJson;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** The one place that takes time, sleep, randomness, threads and the terminal from the system. */
final class SystemRuntime {

    private SystemRuntime() {}

    /** @param atTheEnd takes what is to be closed when the bundle ends */
    static BundleRuntime of(Consumer<AutoCloseable> atTheEnd) {
        return new BundleRuntime(
                Clock.systemUTC(),
                System::nanoTime,
                new Sleep(),
                ThreadLocalRandom::current,
                new BundleThreads(atTheEnd));
    }

    /** The sink that writes to the terminal, as JSON or as text. */
    static Terminal terminal(boolean json) {
        return new Terminal(System.out, json ? Optional.of(new MessageJson()) : Optional.empty(), Clock.systemUTC());
    }

    private static final class Sleep implements SleepFunction {
        @Override
        public boolean slept(Duration wait) {
            return slept(wait, () -> false);
        }

        @Override
        public boolean slept(Duration wait, BooleanSupplier cancelled) {
            try {
                return CancellableWait.waited(wait.toNanos(), cancelled);
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }
}
