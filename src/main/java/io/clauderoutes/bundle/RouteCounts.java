package io.clauderoutes.bundle;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Route;
import org.apache.camel.spi.RoutePolicy;
import org.apache.camel.spi.RoutePolicyFactory;
import org.apache.camel.support.RoutePolicySupport;

/** Counts the exchanges of each route. A route that is loaded again goes on with its counts. */
final class RouteCounts implements RoutePolicyFactory {

    private final Map<String, Counts> counts = new ConcurrentHashMap<>();
    private final Clock clock;
    private final LongSupplier ticker;

    RouteCounts(Clock clock, LongSupplier ticker) {
        this.clock = clock;
        this.ticker = ticker;
    }

    /** The last failure of a route, without text of a message. */
    record LastFailure(Instant at, String type) {}

    /** The counts of one route. */
    static final class Counts {
        private final LongAdder begun = new LongAdder();
        private final LongAdder done = new LongAdder();
        private final LongAdder failed = new LongAdder();
        private final LongAdder nanos = new LongAdder();
        private volatile Optional<LastFailure> lastFailure = Optional.empty();

        long done() {
            return done.sum();
        }

        long failed() {
            return failed.sum();
        }

        long inFlight() {
            return Math.max(0, begun.sum() - done.sum());
        }

        /** Mean time of an exchange in nanoseconds; 0 before the first has ended. */
        long meanNanos() {
            long ended = done.sum();
            return ended == 0 ? 0 : nanos.sum() / ended;
        }

        Optional<LastFailure> lastFailure() {
            return lastFailure;
        }
    }

    /** The counts of a route. */
    Counts of(String routeId) {
        return counts.computeIfAbsent(routeId, id -> new Counts());
    }

    @Override
    public RoutePolicy createRoutePolicy(CamelContext context, String routeId, NamedNode route) {
        return new Counting(of(routeId), "claudeBegun-" + routeId);
    }

    private final class Counting extends RoutePolicySupport {
        private final Counts its;
        private final String property;

        Counting(Counts its, String property) {
            this.its = its;
            this.property = property;
        }

        @Override
        public void onExchangeBegin(Route route, Exchange exchange) {
            its.begun.increment();
            exchange.setProperty(property, ticker.getAsLong());
        }

        @Override
        public void onExchangeDone(Route route, Exchange exchange) {
            its.done.increment();
            if (exchange.removeProperty(property) instanceof Long begun) {
                its.nanos.add(ticker.getAsLong() - begun);
            }
            Exception failure = exchange.getException();
            if (failure != null) {
                its.failed.increment();
                its.lastFailure = Optional.of(
                        new LastFailure(clock.instant(), failure.getClass().getSimpleName()));
            }
        }
    }
}
