package io.clauderoutes.throttle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ClaudeException.RateLimited;
import io.clauderoutes.support.Bundle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class PermitsTest {

    private static final long LATER = Duration.ofMinutes(1).toNanos();

    private final List<String> admitted = new CopyOnWriteArrayList<>();

    private static Permits permits(int limit, Map<String, Integer> tenants) {
        return new Permits(limit, tenants, () -> 0);
    }

    private static void at_once(Permits permits, String tenant) {
        permits.take(tenant, () -> 1, 0, () -> false);
    }

    private Thread waiting(Permits permits, String tenant, String name) {
        return waiting(permits, tenant, name, 1);
    }

    private Thread waiting(Permits permits, String tenant, String name, long cost) {
        int before = permits.waiting();
        Thread thread = new Thread(() -> {
            permits.take(tenant, () -> cost, LATER, () -> false);
            admitted.add(name);
        });
        thread.start();
        Bundle.until(() -> permits.waiting() == before + 1);
        return thread;
    }

    @Test
    void nobody_gets_more_than_there_are_and_the_setting_is_named() {
        Permits permits = permits(2, Map.of());
        at_once(permits, "a");
        at_once(permits, "a");

        assertThatThrownBy(() -> at_once(permits, "a"))
                .isInstanceOf(RateLimited.class)
                .hasMessageContaining("claude.throttle.in-flight=2");
        assertThat(permits.inFlight()).isEqualTo(2);
        assertThat(permits.waiting()).isZero();
    }

    @Test
    void a_tenant_has_a_limit_of_its_own_by_name() {
        Permits permits = permits(10, Map.of("a", 1));
        at_once(permits, "a");

        assertThatThrownBy(() -> at_once(permits, "a")).hasMessageContaining("claude.throttle.tenants.a.in-flight=1");
        at_once(permits, "b");
    }

    @Test
    void a_permit_that_was_given_back_can_be_taken() {
        Permits permits = permits(1, Map.of());
        at_once(permits, "a");
        permits.giveBack("a");

        at_once(permits, "b");

        assertThat(permits.inFlight()).isEqualTo(1);
    }

    @Test
    void requests_of_a_tenant_are_admitted_by_order_of_arrival() throws InterruptedException {
        Permits permits = permits(1, Map.of());
        at_once(permits, "a");
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            threads.add(waiting(permits, "a", "a" + i));
        }

        for (Thread thread : threads) {
            permits.giveBack("a");
            thread.join();
        }

        assertThat(admitted).containsExactly("a0", "a1", "a2", "a3", "a4");
    }

    @Test
    void a_tenant_with_less_than_its_share_goes_first_however_many_of_another_wait() throws InterruptedException {
        Permits permits = permits(4, Map.of());
        for (int i = 0; i < 4; i++) {
            at_once(permits, "busy");
        }
        for (int i = 0; i < 10; i++) {
            waiting(permits, "busy", "busy");
        }
        Thread one = waiting(permits, "calm", "calm");
        Thread two = waiting(permits, "calm", "calm");

        permits.giveBack("busy");
        permits.giveBack("busy");
        one.join();
        two.join();

        assertThat(admitted).containsExactly("calm", "calm");
        for (int i = 0; i < 12; i++) {
            permits.giveBack("busy");
        }
    }

    @Test
    void a_tenant_at_its_own_limit_keeps_nobody_waiting() throws InterruptedException {
        Permits permits = permits(2, Map.of("small", 1));
        at_once(permits, "small");
        Thread waiting = waiting(permits, "small", "small");

        at_once(permits, "other");

        permits.giveBack("small");
        waiting.join();
        assertThat(permits.inFlight()).isEqualTo(2);
    }

    @Test
    void who_is_cancelled_leaves_the_queue() throws InterruptedException {
        Permits permits = permits(1, Map.of());
        at_once(permits, "a");
        AtomicBoolean gone = new AtomicBoolean();
        Thread thread = new Thread(() -> {
            try {
                permits.take("a", () -> 1, LATER, gone::get);
            } catch (RateLimited cancelled) {
                admitted.add("cancelled");
            }
        });
        thread.start();
        Bundle.until(() -> permits.waiting() == 1);

        gone.set(true);

        thread.join();
        assertThat(admitted).containsExactly("cancelled");
        assertThat(permits.waiting()).isZero();
        permits.giveBack("a");
        assertThat(permits.inFlight()).isZero();
    }

    @Test
    void a_long_reply_costs_its_tenant_the_turns_of_several_short_ones() throws InterruptedException {
        Permits permits = permits(1, Map.of());
        at_once(permits, "other");
        List<Thread> threads = new ArrayList<>();
        threads.add(waiting(permits, "long", "long", 1000));
        for (int i = 0; i < 4; i++) {
            threads.add(waiting(permits, "short", "short", 200));
        }
        threads.add(waiting(permits, "long", "long", 1000));

        String holder = "other";
        for (int i = 1; i <= threads.size(); i++) {
            permits.giveBack(holder);
            int admittedNow = i;
            Bundle.until(() -> admitted.size() == admittedNow);
            holder = admitted.get(i - 1);
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(admitted.subList(0, 3)).containsOnly("short");
        assertThat(admitted.get(5)).isEqualTo("long");
    }
}
