package io.clauderoutes.console;

import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** The routes that run now, and the YAML of each. */
public final class RoutesPage implements ConsolePart {

    private static final int NOT_FOUND = 404;

    private final Supplier<Map<String, Object>> routes;
    private final Function<String, Optional<String>> text;

    /**
     * Shows routes.
     *
     * @param routes with their counts and the last reload
     * @param text the file of a route by its id
     */
    public RoutesPage(Supplier<Map<String, Object>> routes, Function<String, Optional<String>> text) {
        this.routes = routes;
        this.text = text;
    }

    @Override
    public void add(Router router) {
        router.get(API + "routes").order(ORDER).blockingHandler(this::answer, false);
        router.get(API + "routes/:id").order(ORDER).blockingHandler(this::file, false);
    }

    private void answer(RoutingContext context) {
        ConsoleResponse.json(context, ConsoleResponse.tree(routes.get()));
    }

    private void file(RoutingContext context) {
        Optional<String> yaml = text.apply(context.pathParam("id"));
        if (yaml.isEmpty()) {
            ConsoleResponse.error(
                    context,
                    NOT_FOUND,
                    "no file has a route with this id: there is no such route, or the bundle makes it of settings");
        } else {
            ConsoleResponse.json(context, ConsoleResponse.object().put("text", yaml.get()));
        }
    }
}
