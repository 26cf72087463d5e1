package io.clauderoutes.credential;

import io.clauderoutes.support.Bundle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;

/** Callers who ask without a pause until they are told to end. */
final class Load {
    private final Bundle bundle;
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicIntegerArray answers;
    private final List<Future<Throwable>> callers = new ArrayList<>();

    Load(Bundle bundle, int size) {
        this.bundle = bundle;
        this.answers = new AtomicIntegerArray(size);
        for (int i = 0; i < size; i++) {
            int caller = i;
            callers.add(bundle.inBackground(() -> call(caller)));
        }
    }

    private Throwable call(int caller) {
        while (!over.get()) {
            Exchange exchange = bundle.send(OnTheWire.PROMPT);
            if (exchange.getException() != null) {
                return exchange.getException();
            }
            answers.incrementAndGet(caller);
        }
        return null;
    }

    /** Waits until each caller has had an answer to a question that was asked after this. */
    void goesOn() {
        int[] before = IntStream.range(0, answers.length()).map(answers::get).toArray();
        Bundle.until(() -> IntStream.range(0, answers.length())
                .allMatch(i -> answers.get(i) > before[i] + 1 || callers.get(i).isDone()));
    }

    void end() {
        over.set(true);
    }

    List<Throwable> failures() throws Exception {
        List<Throwable> failures = new ArrayList<>();
        for (Future<Throwable> caller : callers) {
            Throwable failure = caller.get(60, TimeUnit.SECONDS);
            if (failure != null) {
                failures.add(failure);
            }
        }
        return failures;
    }
}
