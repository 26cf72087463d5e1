package io.clauderoutes.call.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.settings.ConcurrencySettings;
import io.clauderoutes.support.Bundle;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConcurrencyLimitTest {

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> admitted = new CopyOnWriteArrayList<>();
    private ConcurrencyLimit limit = fixed(1);

    @AfterEach
    void no_thread_is_left() {
        threads.shutdownNow();
    }

    private static ConcurrencyLimit fixed(int calls) {
        return new ConcurrencyLimit("primary", new ConcurrencySettings(calls, calls), System::nanoTime);
    }

    private static int anyNumber() {
        return Integer.MAX_VALUE;
    }

    private void acquire() {
        limit.acquire(ConcurrencyLimitTest::anyNumber, System.nanoTime(), () -> false);
    }

    private Future<?> waiting(String name, IntSupplier cap, AtomicBoolean cancelled) {
        int before = limit.state().waiting();
        Future<?> wait = threads.submit(() -> {
            limit.acquire(cap, Long.MAX_VALUE / 2, cancelled::get);
            admitted.add(name);
        });
        Bundle.until(() -> limit.state().waiting() > before || wait.isDone());
        return wait;
    }

    private Future<?> waiting(String name) {
        return waiting(name, ConcurrencyLimitTest::anyNumber, new AtomicBoolean());
    }

    @Test
    void calls_are_admitted_in_the_order_in_which_they_came() throws Exception {
        acquire();
        Future<?> first = waiting("first");
        Future<?> second = waiting("second");

        limit.release();
        first.get();
        limit.release();
        second.get();

        assertThat(admitted).containsExactly("first", "second");
    }

    @Test
    void a_call_is_refused_at_its_deadline() {
        acquire();

        assertThatThrownBy(this::acquire)
                .isInstanceOf(ClaudeException.RateLimited.class)
                .hasMessageContaining("claude.call.concurrency=1");
        assertThat(limit.state().waiting()).isZero();
    }

    @Test
    void a_call_that_nobody_waits_for_leaves_the_queue() throws Exception {
        acquire();
        AtomicBoolean cancelled = new AtomicBoolean();
        Future<?> left = waiting("left", ConcurrencyLimitTest::anyNumber, cancelled);
        Future<?> next = waiting("next");

        cancelled.set(true);
        Bundle.until(left::isDone);
        limit.release();
        next.get();

        assertThat(admitted).containsExactly("next");
    }

    @Test
    void a_larger_limit_admits_those_that_wait() throws Exception {
        acquire();
        Future<?> first = waiting("first");

        limit.use(new ConcurrencySettings(2, 2));
        first.get();

        assertThat(limit.state()).isEqualTo(new ConcurrencyLimit.State(2, false, 2, 0));
    }

    @Test
    void no_limit_admits_all() {
        limit = new ConcurrencyLimit("primary", ConcurrencySettings.UNLIMITED, System::nanoTime);

        for (int i = 0; i < 1_000; i++) {
            acquire();
        }

        assertThat(limit.isFull()).isFalse();
        assertThat(limit.state()).hasToString("1000 calls in flight");
    }

    @Test
    void calls_in_flight_keep_their_permits_when_a_limit_is_set() {
        limit = new ConcurrencyLimit("primary", ConcurrencySettings.UNLIMITED, System::nanoTime);
        acquire();
        acquire();

        limit.use(new ConcurrencySettings(1, 1));
        limit.release();
        assertThatThrownBy(this::acquire).isInstanceOf(ClaudeException.RateLimited.class);
        limit.release();
        acquire();

        assertThat(limit.state().inFlight()).isEqualTo(1);
    }

    @Test
    void what_the_endpoint_leaves_bounds_an_adapted_limit_and_lets_others_pass() throws Exception {
        limit = new ConcurrencyLimit("primary", new ConcurrencySettings(1, 100), System::nanoTime);
        acquire();
        AtomicInteger cap = new AtomicInteger(1);
        Future<?> scarce = waiting("scarce", cap::get, new AtomicBoolean());
        Future<?> other = waiting("other");

        other.get();
        boolean waits = !scarce.isDone();
        cap.set(3);
        scarce.get();

        assertThat(waits).isTrue();
        assertThat(admitted).containsExactly("other", "scarce");
    }
}
