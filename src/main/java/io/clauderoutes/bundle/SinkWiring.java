package io.clauderoutes.bundle;

import io.clauderoutes.fanout.FanOut;
import io.clauderoutes.fanout.Sinks;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.SinkStates;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.undelivered.DeliveryRetry;
import io.clauderoutes.undelivered.UndeliveredPage;
import io.clauderoutes.undelivered.UndeliveredReport;
import io.clauderoutes.undelivered.UndeliveredStore;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.apache.camel.ProducerTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sinks, and the store of the replies that a sink did not take. */
final class SinkWiring {

    private static final Logger LOG = LoggerFactory.getLogger(SinkWiring.class);
    private static final long REDELIVERY_ROUND_MILLIS = 200;

    private final ClaudeSettings settings;
    private final ProducerTemplate template;
    private final FanOut fanOut;
    private final SinkStates states;
    private final UndeliveredStore undelivered;

    SinkWiring(Wiring wiring, RequestWiring requests, CallRecorder recorder) {
        this.settings = wiring.settings();
        ExecutorService threads = wiring.runtime().threads().perTask("claude-sink");
        this.template = wiring.closing(wiring.context().createProducerTemplate());
        this.undelivered = wiring.closing(new UndeliveredStore(
                settings.operation().routes().data(), threads, wiring.runtime().clock()));
        this.states = new SinkStates(wiring.runtime().clock());
        Sinks sinks = new Sinks(settings, template, wiring.runtime().sleep(), states, undelivered, requests.meters());
        this.fanOut = sinks.fanOut(recorder, requests.json(), requests.outcomes(), threads, wiring.runtime());
        wiring.bind("claudeFanOut", fanOut);
        settings.delivery().sinks().keySet().forEach(name -> requests.meters()
                .sinks()
                .failing(name, () -> states.isFailing(name) ? 1 : 0));
        requests.meters().sinks().undelivered(undelivered::count);
        requests.meters().sinks().oldestWait(undelivered::oldestWaitSeconds);
        wiring.page(
                "claudeUndeliveredPage",
                () -> new UndeliveredPage(
                        new UndeliveredReport(settings.operation().routes().data())));
        redeliver(wiring, sinks, threads);
    }

    private void redeliver(Wiring wiring, Sinks sinks, ExecutorService threads) {
        try {
            undelivered.open();
        } catch (SQLException unreadable) {
            LOG.error("Stored replies cannot be read: {}", unreadable.getMessage());
        }
        DeliveryRetry redelivery = new DeliveryRetry(
                undelivered,
                sinks::offer,
                settings.delivery().fanOut().redeliveryDelay(),
                settings.delivery().fanOut().maxRedeliveryDelay(),
                threads,
                wiring.runtime().ticker(),
                wiring.runtime().chance());
        wiring.everyWhileStarted(REDELIVERY_ROUND_MILLIS, "claude-redelivery", redelivery::round);
    }

    FanOut fanOut() {
        return fanOut;
    }

    ProducerTemplate template() {
        return template;
    }

    SinkStates states() {
        return states;
    }

    /** How many replies are stored for their sinks. */
    long undelivered() {
        return undelivered.count();
    }

    /** Why one of these sinks holds its sources back; empty while none does. */
    Optional<String> heldBackBy(Collection<String> names) {
        return states.reason(names.stream()
                .filter(name -> settings.delivery()
                        .sinks()
                        .get(name)
                        .failure()
                        .onFailure()
                        .holdsBack())
                .toList());
    }
}
