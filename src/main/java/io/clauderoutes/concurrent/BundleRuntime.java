package io.clauderoutes.concurrent;

import java.time.Clock;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What the bundle takes from its surroundings: time, sleep, randomness and threads. A test hands in its own.
 *
 * @param clock the time of day, for what is stored or compared with other machines
 * @param ticker nanoseconds for durations; the start is arbitrary
 * @param sleep waits between calls
 * @param random the generator of the calling thread
 * @param threads where work runs
 */
public record BundleRuntime(
        Clock clock, LongSupplier ticker, SleepFunction sleep, Supplier<RandomGenerator> random, Threads threads) {

    /** Random numbers from 0 to 1. */
    public DoubleSupplier chance() {
        return () -> random.get().nextDouble();
    }
}
