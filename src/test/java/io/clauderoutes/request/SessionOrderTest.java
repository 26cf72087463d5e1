package io.clauderoutes.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.request.SessionOrder.Turn;
import io.clauderoutes.support.Patience;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SessionOrderTest {

    private static final long LATER = TimeUnit.MINUTES.toNanos(1);

    private final SessionOrder order = new SessionOrder(() -> 0);
    private final List<Integer> gone = new CopyOnWriteArrayList<>();

    private Thread going(int number) {
        Thread thread = new Thread(() -> {
            Turn turn = order.await("t", "s", LATER);
            gone.add(number);
            turn.end();
        });
        thread.start();
        Patience.until(
                () -> thread.getState() == Thread.State.TIMED_WAITING, Duration.ofSeconds(60), () -> thread.getState()
                        .toString());
        return thread;
    }

    @Test
    void requests_of_a_session_go_in_the_order_in_which_they_came() throws InterruptedException {
        Turn first = order.await("t", "s", LATER);
        List<Thread> waiting = List.of(going(1), going(2), going(3));
        assertThat(gone).isEmpty();

        first.end();

        for (Thread thread : waiting) {
            thread.join();
        }
        assertThat(gone).containsExactly(1, 2, 3);
    }

    @Test
    void other_sessions_and_other_tenants_do_not_wait() {
        order.await("t", "s", LATER);

        order.await("t", "other", 0);
        order.await("other", "s", 0);

        assertThat(order.size()).isEqualTo(3);
    }

    @Test
    void a_turn_that_does_not_come_in_time_is_told() {
        order.await("t", "s", LATER);

        assertThatThrownBy(() -> order.await("t", "s", 0))
                .isInstanceOf(ClaudeException.TimedOut.class)
                .hasMessageContaining("claude.call.deadline");
    }

    @Test
    void a_session_is_forgotten_with_its_last_request() {
        Turn first = order.await("t", "s", LATER);
        assertThatThrownBy(() -> order.await("t", "s", 0)).isNotNull();

        first.end();

        assertThat(order.size()).isZero();
    }
}
