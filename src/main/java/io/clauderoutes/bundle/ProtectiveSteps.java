package io.clauderoutes.bundle;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Route;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.RouteDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warns, and shows in health, when the route of a stage lacks the step that redacts or checks replies. */
final class ProtectiveSteps {

    private static final Logger LOG = LoggerFactory.getLogger(ProtectiveSteps.class);
    private static final Step REDACTION =
            new Step("redaction", "direct://claude-redact", "claudeRedactReply", "replies are not redacted");
    private static final Step CHECKS =
            new Step("checks", "direct://claude-fan-out", "claudeReplyChecks", "claude.checks have no effect");

    private final List<Step> steps;
    private final Map<String, String> missing = new ConcurrentHashMap<>();

    /**
     * A step that protects.
     *
     * @param name in health
     * @param stage URI of the stage that it belongs to
     * @param bean of the step
     * @param consequence of a stage without it, for messages
     */
    private record Step(String name, String stage, String bean, String consequence) {}

    /** @param checks whether there are checks of replies */
    ProtectiveSteps(boolean checks) {
        this.steps = checks ? List.of(REDACTION, CHECKS) : List.of(REDACTION);
    }

    /** Looks at a route that has been added. */
    void look(Route route) {
        String stage = route.getEndpoint().getEndpointUri();
        steps.stream().filter(step -> step.stage().equals(stage)).forEach(step -> look(route, step));
    }

    private void look(Route route, Step step) {
        RouteDefinition definition =
                ((ModelCamelContext) route.getCamelContext()).getRouteDefinition(route.getRouteId());
        if (definition == null || StageSteps.beans(definition).contains(step.bean())) {
            missing.remove(step.name());
            return;
        }
        String text = "route " + route.getRouteId() + " has no step " + step.bean() + ": " + step.consequence();
        LOG.warn("{} ({})", text, route.getSourceLocationShort());
        missing.put(step.name(), text);
    }

    /** Details of health, by name. */
    Map<String, String> details() {
        return new TreeMap<>(missing);
    }
}
