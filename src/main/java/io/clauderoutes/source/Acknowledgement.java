package io.clauderoutes.source;

import io.clauderoutes.settings.NamedSourceSettings;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.BeanIntrospection;
import org.apache.camel.support.PluginHelper;

/**
 * Sets the endpoint of a source up so that a message is acknowledged after its reply. Brokers acknowledge it earlier by default, or skip
 * one that failed.
 */
public final class Acknowledgement {

    /** Components that bring messages on threads of an event loop, which must not wait for a reply. */
    private static final Set<String> ON_EVENT_LOOPS =
            Set.of("netty", "netty-http", "platform-http", "reactive-streams", "undertow", "vertx", "vertx-websocket");

    private static final int WORKERS_BEHIND_EVENT_LOOPS = 20;

    private static final String TRANSACTED = "transacted";
    private static final String CONSUMERS = "concurrentConsumers";
    private static final String BREAK = "breakOnFirstError";
    private static final Pattern NOT_TRANSACTED = Pattern.compile("[?&]transacted=false(&|$)");
    private static final Pattern SKIPS = Pattern.compile("[?&]breakOnFirstError=false(&|$)");

    private final CamelContext context;
    private final BeanIntrospection beans;

    Acknowledgement(CamelContext context) {
        this.context = context;
        this.beans = PluginHelper.getBeanIntrospection(context);
    }

    /** Why a source would lose messages; empty if it would not. */
    public static Optional<String> trouble(NamedSourceSettings source) {
        if (NOT_TRANSACTED.matcher(source.uri()).find()) {
            return Optional.of(
                    "transacted=false loses messages when a call fails or the process ends: remove the option");
        }
        if (SKIPS.matcher(source.uri()).find() && source.intake().deadLetter().isEmpty()) {
            return Optional.of(
                    "breakOnFirstError=false skips a prompt that fails: remove the option, or set dead-letter");
        }
        return Optional.empty();
    }

    /**
     * Sets up what the URI leaves open: a JMS source is transacted, with a consumer for each worker; a Kafka source without dead letters
     * reads a record that failed again.
     *
     * @return how many threads of its own the route needs; 0 if the threads of the consumer do the work
     */
    int prepare(NamedSourceSettings source) {
        Endpoint endpoint = context.getEndpoint(source.uri());
        if (has(endpoint, TRANSACTED) && has(endpoint, CONSUMERS)) {
            set(endpoint, TRANSACTED, true);
            if (source.intake().workers() > 1 && Integer.valueOf(1).equals(get(endpoint, CONSUMERS))) {
                set(endpoint, CONSUMERS, source.intake().workers());
            }
            return 0;
        }
        Object configuration = get(endpoint, "configuration");
        if (configuration != null && has(configuration, BREAK)) {
            if (source.intake().deadLetter().isEmpty()) {
                set(configuration, BREAK, true);
            }
            return 0;
        }
        String scheme = endpoint.getEndpointUri().split(":", 2)[0];
        return source.intake().workers() == 0 && ON_EVENT_LOOPS.contains(scheme)
                ? WORKERS_BEHIND_EVENT_LOOPS
                : source.intake().workers();
    }

    private boolean has(Object bean, String property) {
        return get(bean, property) != null;
    }

    private Object get(Object bean, String property) {
        return beans.getOrElseProperty(bean, property, null, false);
    }

    private void set(Object bean, String property, Object value) {
        try {
            beans.setProperty(context, bean, property, value);
        } catch (Exception impossible) {
            throw new IllegalStateException("cannot set " + property + " of a source", impossible);
        }
    }
}
