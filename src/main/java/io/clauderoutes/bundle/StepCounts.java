package io.clauderoutes.bundle;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.spi.InterceptStrategy;
import org.apache.camel.support.processor.DelegateAsyncProcessor;

/** Counts what passes each step of a route that has an id. A step of a file that is loaded again goes on with its counts. */
final class StepCounts implements InterceptStrategy {

    private final Map<String, Counts> counts = new ConcurrentHashMap<>();

    /** The counts of one step. */
    static final class Counts {
        private final LongAdder done = new LongAdder();
        private final LongAdder failed = new LongAdder();

        long done() {
            return done.sum();
        }

        long failed() {
            return failed.sum();
        }
    }

    /** The counts of a step; empty if Camel has no processor for it, as for {@code doTry}. */
    Optional<Counts> of(String id) {
        return Optional.ofNullable(counts.get(id));
    }

    @Override
    public Processor wrapProcessorInInterceptors(
            CamelContext context, NamedNode definition, Processor target, Processor nextTarget) {
        return definition.getId() == null
                ? target
                : new Counting(target, counts.computeIfAbsent(definition.getId(), id -> new Counts()));
    }

    private static final class Counting extends DelegateAsyncProcessor {
        private final Counts its;

        Counting(Processor step, Counts its) {
            super(step);
            this.its = its;
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            return super.process(exchange, doneSync -> {
                its.done.increment();
                if (exchange.getException() != null) {
                    its.failed.increment();
                }
                callback.done(doneSync);
            });
        }
    }
}
