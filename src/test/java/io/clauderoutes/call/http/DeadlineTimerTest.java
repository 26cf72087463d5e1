package io.clauderoutes.call.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeadlineTimerTest {

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final AtomicInteger cuts = new AtomicInteger();
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private final DeadlineTimer watchdog = new DeadlineTimer(scheduler, now::get);

    @AfterEach
    void stop() {
        watchdog.close();
        scheduler.shutdownNow();
    }

    @Test
    void what_takes_too_long_is_cut_once_also_where_the_ticker_overflows() {
        DeadlineTimer.Watch watch = watchdog.watch(now.get() + 10, cuts::incrementAndGet);
        now.addAndGet(10);

        Bundle.until(watch::fired);

        now.addAndGet(1000);
        DeadlineTimer.Watch later = watchdog.watch(now.get(), () -> {});
        Bundle.until(later::fired);
        assertThat(cuts).hasValue(1);
    }

    @Test
    void what_was_closed_or_put_off_is_not() {
        DeadlineTimer.Watch closed = watchdog.watch(now.get(), cuts::incrementAndGet);
        closed.close();
        DeadlineTimer.Watch putOff = watchdog.watch(now.get() + 10, cuts::incrementAndGet);
        putOff.until(now.get() + 1000);
        now.addAndGet(20);

        DeadlineTimer.Watch other = watchdog.watch(now.get(), () -> {});
        Bundle.until(other::fired);
        assertThat(putOff.fired()).isFalse();
    }

    @Test
    void a_cut_that_fails_does_not_keep_the_others_from_being_cut() {
        DeadlineTimer.Watch stubborn = watchdog.watch(now.get(), () -> {
            throw new IllegalStateException("cannot be cut");
        });
        Bundle.until(stubborn::fired);
        DeadlineTimer.Watch later = watchdog.watch(now.get(), cuts::incrementAndGet);

        Bundle.until(() -> later.fired() && cuts.get() == 1);
    }
}
