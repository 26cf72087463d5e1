package io.clauderoutes.bundle;

import java.util.Map;
import java.util.Optional;
import org.apache.camel.Route;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.RouteDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warns, and shows in health, when the route of the redaction stage has no redaction step. */
final class RedactionStep {

    private static final Logger LOG = LoggerFactory.getLogger(RedactionStep.class);
    private static final String STAGE = "direct://claude-redact";
    private static final String STEP = "claudeRedactReply";

    private volatile Optional<String> missing = Optional.empty();

    /** Looks at a route that has been added. */
    void look(Route route) {
        if (!route.getEndpoint().getEndpointUri().equals(STAGE)) {
            return;
        }
        RouteDefinition definition =
                ((ModelCamelContext) route.getCamelContext()).getRouteDefinition(route.getRouteId());
        if (definition == null || StageSteps.beans(definition).contains(STEP)) {
            missing = Optional.empty();
            return;
        }
        String text = "route " + route.getRouteId() + " of the redaction stage has no step " + STEP
                + ": replies are not redacted";
        LOG.warn("{} ({})", text, route.getSourceLocationShort());
        missing = Optional.of(text);
    }

    /** Details of health, by name. */
    Map<String, String> details() {
        return missing.<Map<String, String>>map(text -> Map.of("redaction", text))
                .orElse(Map.of());
    }
}
