package io.clauderoutes.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.request.PassThroughApi;
import io.clauderoutes.request.PassThroughApi.Call;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.ClientKeySettings;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/** What a prompt of the console can be sent with: models of the endpoint, strategies, checks and tenants of the settings. */
public final class TryOptions implements ConsolePart {

    private static final Duration FRESH = Duration.ofMinutes(5);

    private final ClaudeSettings settings;
    private final PassThroughApi api;
    private final String gateway;
    private final LongSupplier ticker;
    private List<String> models = List.of();
    private long readNanos;

    /** @param gateway URL of the gateway, for clients on this machine; empty text if it is off */
    public TryOptions(ClaudeSettings settings, PassThroughApi api, String gateway, LongSupplier ticker) {
        this.settings = settings;
        this.api = api;
        this.gateway = gateway;
        this.ticker = ticker;
    }

    @Override
    public void add(Router router) {
        router.get(API + "try").order(ORDER).blockingHandler(this::answer, false);
    }

    private void answer(RoutingContext context) {
        ObjectNode options = ConsoleResponse.object();
        ArrayNode listed = options.putArray("models");
        String problem = "";
        try {
            models().forEach(listed::add);
        } catch (ClaudeException failure) {
            problem = "the models of the endpoint could not be read: "
                    + failure.error().message();
        }
        options.put("models_problem", problem)
                .put("model", settings.prompts().source().model())
                .put("max_tokens", settings.prompts().source().maxTokens())
                .put("strategy", settings.delivery().split().strategy().name().toLowerCase(java.util.Locale.ROOT))
                .put("gateway", gateway);
        ArrayNode checks = options.putArray("checks");
        settings.agents().checks().keySet().stream().sorted().forEach(checks::add);
        TreeSet<String> tenants = new TreeSet<>(settings.admission().budgets().keySet());
        settings.servers().gateway().access().keys().values().stream()
                .map(ClientKeySettings::tenant)
                .forEach(tenants::add);
        settings.prompts().sources().values().stream()
                .map(source -> source.request().tenant())
                .forEach(tenants::add);
        tenants.add("default");
        ArrayNode names = options.putArray("tenants");
        tenants.forEach(names::add);
        ConsoleResponse.json(context, options);
    }

    private synchronized List<String> models() {
        long age = ticker.getAsLong() - readNanos;
        if (models.isEmpty() || age > FRESH.toNanos()) {
            Optional<String> endpoint =
                    api.open().stream().filter(name -> !api.isForPrompts(name)).findFirst();
            if (endpoint.isPresent()) {
                models = api.call(endpoint.get(), Call.get("/v1/models?limit=100"), body -> ConsoleResponse.read(
                                body.readAllBytes())
                        .map(TryOptions::ids)
                        .orElse(List.of()));
                readNanos = ticker.getAsLong();
            }
        }
        return models;
    }

    private static List<String> ids(JsonNode list) {
        List<String> ids = new java.util.ArrayList<>();
        list.path("data").forEach(model -> ids.add(model.path("id").asText()));
        return ids;
    }
}
