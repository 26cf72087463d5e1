package io.clauderoutes.throttle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FairQueueTest {

    private final FairQueue<Integer> queue = new FairQueue<>();

    private void add(String tenant, long cost, int number) {
        queue.add(new FairQueue.Item<>(tenant, cost, number));
    }

    private String next() {
        FairQueue.Item<Integer> item = queue.next(tenant -> true).orElseThrow();
        return item.tenant() + item.waiting();
    }

    @Test
    void long_requests_of_a_tenant_let_several_short_ones_of_another_pass() {
        for (int i = 0; i < 2; i++) {
            add("long", 1000, i);
        }
        for (int i = 0; i < 10; i++) {
            add("short", 200, i);
        }

        List<String> order = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            order.add(next());
        }

        assertThat(order.indexOf("long0")).isBetween(3, 6);
        assertThat(order.indexOf("long1")).isBetween(8, 11);
    }

    @Test
    void a_tenant_that_may_not_be_served_keeps_nobody_waiting() {
        add("blocked", 1, 0);
        add("free", 5000, 0);

        assertThat(queue.next(tenant -> !tenant.equals("blocked")).map(FairQueue.Item::tenant))
                .contains("free");
        assertThat(queue.next(tenant -> !tenant.equals("blocked"))).isEmpty();
        assertThat(queue.size()).isEqualTo(1);
    }

    @Test
    void what_was_removed_is_not_served() {
        FairQueue.Item<Integer> gone = new FairQueue.Item<>("a", 10, 1);
        queue.add(gone);
        add("a", 10, 2);

        queue.remove(gone);
        queue.remove(gone);

        assertThat(next()).isEqualTo("a2");
        assertThat(queue.next(tenant -> true)).isEmpty();
        assertThat(queue.tenants()).isZero();
    }

    /** 100,000 requests with random costs of tenants that come and go. */
    @Test
    void tenants_that_wait_all_the_time_get_the_same_tokens_and_nobody_overtakes_within_a_tenant() {
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            FairQueue<Integer> fair = new FairQueue<>();
            int tenants = 2 + random.nextInt(5);
            int most = 1 + random.nextInt(3000);
            Map<String, Integer> nextNumber = new HashMap<>();
            Map<String, Integer> lastServed = new HashMap<>();
            Map<String, Long> served = new HashMap<>();
            for (int i = 0; i < 1_000; i++) {
                for (int t = 0; t < tenants; t++) {
                    String name = "t" + t;
                    if (!fair.has(name)) {
                        for (int j = 0; j < 3; j++) {
                            // Always more than one waits, so that the tenant never leaves.
                            fair.add(new FairQueue.Item<>(
                                    name, 1 + random.nextInt(most), nextNumber.merge(name, 1, Integer::sum)));
                        }
                    } else if (random.nextInt(tenants) == 0) {
                        fair.add(new FairQueue.Item<>(
                                name, 1 + random.nextInt(most), nextNumber.merge(name, 1, Integer::sum)));
                    }
                }
                FairQueue.Item<Integer> item = fair.next(tenant -> true).orElseThrow();
                assertThat(item.waiting()).isEqualTo(lastServed.merge(item.tenant(), 1, Integer::sum));
                served.merge(item.tenant(), item.cost(), Long::sum);
                if (!fair.has(item.tenant())) {
                    fair.add(new FairQueue.Item<>(
                            item.tenant(), 1 + random.nextInt(most), nextNumber.merge(item.tenant(), 1, Integer::sum)));
                }
            }
            long least = served.values().stream().mapToLong(each -> each).min().orElseThrow();
            long greatest =
                    served.values().stream().mapToLong(each -> each).max().orElseThrow();
            // A tenant whose last request was served loses what it had saved: at most one request each time.
            assertThat(greatest - least)
                    .as("seed %s, %s tenants, costs to %s: %s", seed, tenants, most, served)
                    .isLessThanOrEqualTo(Math.max(greatest / 3, 2 * (most + FairQueue.QUANTUM)));
        }
    }

    @Test
    void the_difference_is_bounded_by_one_request_where_the_queues_never_empty() {
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            FairQueue<Integer> fair = new FairQueue<>();
            Set<String> names = new HashSet<>();
            int most = 1 + random.nextInt(3000);
            for (int t = 0; t < 2 + random.nextInt(5); t++) {
                names.add("t" + t);
                for (int i = 0; i < 1_000; i++) {
                    fair.add(new FairQueue.Item<>("t" + t, 1 + random.nextInt(most), i));
                }
            }
            Map<String, Long> served = new HashMap<>();
            names.forEach(name -> served.put(name, 0L));
            while (fair.tenants() == names.size()) {
                FairQueue.Item<Integer> item = fair.next(tenant -> true).orElseThrow();
                served.merge(item.tenant(), item.cost(), Long::sum);
                long least =
                        served.values().stream().mapToLong(each -> each).min().orElseThrow();
                long greatest =
                        served.values().stream().mapToLong(each -> each).max().orElseThrow();
                assertThat(greatest - least).isLessThanOrEqualTo(2L * most + 2 * FairQueue.QUANTUM);
            }
        }
    }
}
