package io.clauderoutes.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.settings.MaskedValue;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.OptionalIdentifiedDefinition;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.ToDefinition;
import org.apache.camel.model.TryDefinition;
import org.apache.camel.spi.Resource;

/** The routes that run now, with their counts, their files and the last reload, for the console. */
final class RunningRoutes {

    private static final String DIRECT = "direct:";
    private static final double NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final CamelContext context;
    private final RouteCounts counts;
    private final StepCounts stepCounts;
    private final RouteReloads reloads;

    RunningRoutes(CamelContext context, RouteCounts counts, StepCounts stepCounts, RouteReloads reloads) {
        this.context = context;
        this.counts = counts;
        this.stepCounts = stepCounts;
        this.reloads = reloads;
    }

    /** All of it, for JSON. */
    Map<String, Object> told() {
        Map<String, Object> fields = new LinkedHashMap<>();
        Map<String, String> byEntry = new TreeMap<>();
        for (Route route : context.getRoutes()) {
            byEntry.put(plain(route.getEndpoint().getEndpointUri()), route.getRouteId());
        }
        fields.put(
                "routes",
                context.getRoutes().stream()
                        .sorted(Comparator.comparing(RunningRoutes::order).thenComparing(Route::getRouteId))
                        .map(route -> route(route, byEntry))
                        .toList());
        reloads.last()
                .ifPresent(last -> fields.put(
                        "reloaded",
                        Map.of("file", last.file().toString(), "at", last.at().toString())));
        List<Map<String, String>> refused = new ArrayList<>();
        reloads.refusals()
                .forEach((file, refusal) -> refused.add(Map.of(
                        "file",
                        file.toString(),
                        "reason",
                        refusal.reason(),
                        "since",
                        refusal.since().toString())));
        fields.put("refused", refused);
        return fields;
    }

    /** Sources first: a pipeline starts its last stage first. */
    private static int order(Route route) {
        Integer order = route.getStartupOrder();
        return order == null ? 0 : -order;
    }

    private Map<String, Object> route(Route route, Map<String, String> byEntry) {
        RouteCounts.Counts its = counts.of(route.getRouteId());
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", route.getRouteId());
        fields.put("description", Optional.ofNullable(route.getDescription()).orElse(""));
        fields.put("from", MaskedValue.text(plain(route.getEndpoint().getEndpointUri())));
        fields.put(
                "state",
                String.valueOf(context.getRouteController().getRouteStatus(route.getRouteId()))
                        .toLowerCase(java.util.Locale.ROOT));
        fields.put("file", file(route));
        fields.put("done", its.done());
        fields.put("failed", its.failed());
        fields.put("in_flight", its.inFlight());
        fields.put("mean_ms", Math.round(its.meanNanos() / NANOS_PER_MILLI));
        its.lastFailure().ifPresent(last -> {
            fields.put("last_failure", last.type());
            fields.put("last_failure_at", last.at().toString());
        });
        RouteDefinition definition = ((ModelCamelContext) context).getRouteDefinition(route.getRouteId());
        fields.put("steps", definition == null ? List.of() : steps(definition));
        fields.put("next", definition == null ? List.of() : next(definition, byEntry));
        return fields;
    }

    private List<Map<String, Object>> steps(RouteDefinition definition) {
        List<Map<String, Object>> steps = new ArrayList<>();
        collect(definition.getOutputs(), 0, steps);
        return steps;
    }

    private void collect(List<ProcessorDefinition<?>> outputs, int depth, List<Map<String, Object>> steps) {
        for (ProcessorDefinition<?> output : outputs) {
            Map<String, Object> step = new LinkedHashMap<>();
            String id = Optional.ofNullable(((OptionalIdentifiedDefinition<?>) output).getId())
                    .orElse("");
            step.put("id", id);
            stepCounts.of(id).ifPresent(its -> {
                step.put("done", its.done());
                step.put("failed", its.failed());
            });
            step.put("kind", output.getShortName());
            step.put(
                    "label",
                    MaskedValue.text(
                            plain(Optional.ofNullable(output.getLabel()).orElse(""))));
            step.put("depth", depth);
            steps.add(step);
            collect(output.getOutputs(), depth + 1, steps);
            if (output instanceof TryDefinition tried) {
                collect(ends(tried), depth, steps);
            }
        }
    }

    private static List<ProcessorDefinition<?>> ends(TryDefinition tried) {
        List<ProcessorDefinition<?>> ends = new ArrayList<>();
        if (tried.getCatchClauses() != null) {
            ends.addAll(tried.getCatchClauses());
        }
        if (tried.getFinallyClause() != null) {
            ends.add(tried.getFinallyClause());
        }
        return ends;
    }

    private static List<String> next(RouteDefinition definition, Map<String, String> byEntry) {
        TreeSet<String> next = new TreeSet<>();
        ProcessorDefinitionHelper.filterTypeInOutputs(definition.getOutputs(), ToDefinition.class)
                .forEach(to -> {
                    String route = byEntry.get(plain(to.getEndpointUri()));
                    if (route != null) {
                        next.add(route);
                    }
                });
        return List.copyOf(next);
    }

    /** The same endpoint has one or two slashes, and parameters that do not matter here. */
    private static String plain(String uri) {
        String plain = uri.replaceFirst("^([a-z-]+)://", "$1:");
        int query = plain.indexOf('?');
        return query >= 0 && plain.startsWith(DIRECT) ? plain.substring(0, query) : plain;
    }

    private static String file(Route route) {
        return Optional.ofNullable(route.getSourceResource())
                .map(Resource::getLocation)
                .orElse("");
    }

    /** The file of a route, without values that are named like secrets; empty if the route is Java. */
    Optional<String> text(String routeId) {
        Route route = context.getRoute(routeId);
        if (route == null || route.getSourceResource() == null) {
            return Optional.empty();
        }
        try (InputStream in = route.getSourceResource().getInputStream()) {
            return Optional.of(MaskedValue.text(new String(in.readAllBytes(), UTF_8)));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }
}
