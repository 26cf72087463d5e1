package io.clauderoutes.bundle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.RouteDefinitionHelper;
import org.apache.camel.model.RouteTemplateDefinition;
import org.apache.camel.model.TemplatedRouteDefinition;
import org.apache.camel.model.rest.RestDefinition;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.EndpointHelper;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.util.StringHelper;
import org.apache.camel.util.URISupport;

/**
 * Finds the route files that would take something from other routes. Camel replaces a route without a word when another route
 * with its id is loaded.
 */
public final class RouteConflicts {

    private final ModelCamelContext context;

    public RouteConflicts(CamelContext context) {
        this.context = (ModelCamelContext) context;
    }

    /** A route file has an id or an entry point that other routes have. The message names both. */
    public static final class Conflict extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        Conflict(String message) {
            super(message);
        }
    }

    /**
     * Checks a file that is not loaded yet.
     *
     * @param isSameFile whether routes with this resource are replaced by those of the file
     * @throws Conflict if the file cannot be loaded beside the routes that are there
     */
    public void check(Resource file, Predicate<Resource> isSameFile) throws Exception {
        List<RouteDefinition> others = context.getRouteDefinitions().stream()
                .filter(route -> route.getResource() == null
                        || !(isSameFile.test(route.getResource()) || isGone(route.getResource())))
                .toList();
        List<RouteDefinition> routes = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        List<Named> theirs = new ArrayList<>(named(isSameFile));
        for (RoutesBuilder builder : PluginHelper.getRoutesLoader(context).findRoutesBuilders(file)) {
            if (builder instanceof RouteBuilder routeBuilder) {
                routes.addAll(routeBuilder.configureRoutes(context).getRoutes());
                routeBuilder.configureRests(context);
                checkNames(routeBuilder, theirs, file);
                for (TemplatedRouteDefinition made :
                        routeBuilder.getTemplatedRouteCollection().getTemplatedRoutes()) {
                    checkId(Optional.ofNullable(made.getRouteId()), ids, others, file);
                }
            }
        }
        for (int i = 0; i < routes.size(); i++) {
            RouteDefinition route = routes.get(i);
            checkId(Optional.ofNullable(route.getId()).map(this::resolved), ids, others, file);
            checkSteps(route, concat(others, routes.subList(0, i)), file);
            checkEntry(route, concat(others, routes.subList(0, i)), file);
            checkStage(route, file);
        }
    }

    private void checkStage(RouteDefinition route, Resource file) {
        entry(route)
                .flatMap(entry -> StageSteps.missing(route, entry.endpoint()))
                .ifPresent(missing -> {
                    throw new Conflict("the route " + route.getId() + " of " + place(file) + " " + missing
                            + ": add the step, or save the whole file");
                });
    }

    /** A path of the Rest DSL or the id of a route template, which Camel replaces without a word, and where it is defined. */
    private record Named(String what, String place) {}

    private List<Named> named(Predicate<Resource> isSameFile) {
        List<Named> named = new ArrayList<>();
        for (RestDefinition rest : context.getRestDefinitions()) {
            if (!isReplaced(rest.getResource(), isSameFile)) {
                paths(rest).forEach(path -> named.add(new Named(path, placeOf(rest.getResource()))));
            }
        }
        for (RouteTemplateDefinition template : context.getRouteTemplateDefinitions()) {
            if (!isReplaced(template.getResource(), isSameFile)) {
                named.add(new Named(name(template), placeOf(template.getResource())));
            }
        }
        return named;
    }

    private static boolean isReplaced(Resource resource, Predicate<Resource> isSameFile) {
        return resource != null && (isSameFile.test(resource) || isGone(resource));
    }

    private void checkNames(RouteBuilder builder, List<Named> theirs, Resource file) {
        for (RestDefinition rest : builder.getRestCollection().getRests()) {
            paths(rest).forEach(path -> claim(path, theirs, file));
        }
        for (RouteTemplateDefinition template :
                builder.getRouteTemplateCollection().getRouteTemplates()) {
            claim(name(template), theirs, file);
        }
    }

    private static void claim(String what, List<Named> theirs, Resource file) {
        theirs.stream().filter(named -> named.what().equals(what)).findFirst().ifPresent(other -> {
            throw new Conflict(
                    place(file) + " defines " + what + ", as " + other.place() + " does: give it another path or id");
        });
        theirs.add(new Named(what, place(file)));
    }

    private static String name(RouteTemplateDefinition template) {
        return "the route template " + template.getId();
    }

    private List<String> paths(RestDefinition rest) {
        return rest.getVerbs().stream()
                .map(verb -> "the REST path " + verb.asVerb().toUpperCase(Locale.ROOT) + " "
                        + resolved((slashed(rest.getPath()) + slashed(verb.getPath())).replaceAll("/+", "/"))
                                .replaceAll("\\{[^}]*}", "{}"))
                .toList();
    }

    private static String slashed(String path) {
        return path == null || path.isBlank() ? "" : "/" + path;
    }

    /** A file that was renamed is a new file, and the routes of the old one give way to it. */
    private static boolean isGone(Resource file) {
        return "file".equals(file.getScheme()) && !file.exists();
    }

    private static List<RouteDefinition> concat(List<RouteDefinition> some, List<RouteDefinition> more) {
        List<RouteDefinition> all = new ArrayList<>(some);
        all.addAll(more);
        return all;
    }

    private void checkId(Optional<String> id, Set<String> ids, List<RouteDefinition> others, Resource file) {
        if (id.isEmpty()) {
            return;
        }
        if (!ids.add(id.get())) {
            throw new Conflict(place(file) + " has two routes with the id " + id.get() + ": give each its own id");
        }
        others.stream()
                .filter(other -> id.get().equals(other.getId()))
                .findFirst()
                .ifPresent(other -> {
                    throw new Conflict("the route id " + id.get() + " of " + place(file) + " is the id of a route of "
                            + place(other) + ": give the route another id");
                });
    }

    private void checkSteps(RouteDefinition route, List<RouteDefinition> others, Resource file) {
        String step = RouteDefinitionHelper.validateUniqueIds(route, others);
        if (step != null) {
            throw new Conflict(
                    "the step id " + step + " of " + place(file) + " occurs in another step: give the step another id");
        }
    }

    private void checkEntry(RouteDefinition route, List<RouteDefinition> others, Resource file) {
        entry(route).ifPresent(entry -> others.stream()
                .filter(other -> entry(other).filter(entry::overlaps).isPresent())
                .findFirst()
                .ifPresent(other -> {
                    throw new Conflict(place(file) + " takes messages from " + entry.endpoint + ", as a route of "
                            + place(other) + " does: give the route another endpoint");
                }));
    }

    private static String place(Resource file) {
        return file.getLocation();
    }

    private static String placeOf(Resource resource) {
        return resource == null ? "the application" : resource.getLocation();
    }

    private static String place(RouteDefinition route) {
        return route.getResource() == null
                ? "the application or the settings (" + route.getId() + ")"
                : place(route.getResource());
    }

    private String resolved(String text) {
        return context.resolvePropertyPlaceholders(text);
    }

    /** Where a route takes messages from, if only one route can. */
    private Optional<Entry> entry(RouteDefinition route) {
        if (route.getInput() == null || route.getInput().getEndpointUri() == null) {
            return Optional.empty();
        }
        String uri;
        try {
            uri = EndpointHelper.normalizeEndpointUri(resolved(route.getInput().getEndpointUri()));
        } catch (IllegalArgumentException unresolved) {
            // Camel says so when it starts the route.
            return Optional.empty();
        }
        String endpoint = URISupport.stripQuery(uri).replace("://", ":").replaceFirst(":/+", ":/");
        if (endpoint.startsWith("direct:")) {
            return Optional.of(new Entry(endpoint, Set.of()));
        }
        return endpoint.startsWith("platform-http:")
                ? Optional.of(new Entry(endpoint, methods(uri)))
                : Optional.empty();
    }

    private static Set<String> methods(String uri) {
        String query = StringHelper.after(uri, "?", "");
        return Arrays.stream(query.split("&", -1))
                .filter(option -> option.startsWith("httpMethodRestrict="))
                .map(option -> option.substring(option.indexOf('=') + 1).replace("%2C", ","))
                .flatMap(names -> Arrays.stream(names.split(",", -1)))
                .map(name -> name.trim().toUpperCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }

    private record Entry(String endpoint, Set<String> methods) {
        boolean overlaps(Entry other) {
            return endpoint.equals(other.endpoint)
                    && (methods.isEmpty() || other.methods.isEmpty() || !Collections.disjoint(methods, other.methods));
        }
    }
}
