package io.clauderoutes.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.settings.MaskedValue;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Each effective setting with its origin, without secrets, and whether it may change while the bundle runs. */
public final class SettingsPage implements ConsolePart {

    private final Supplier<Map<String, String>> effective;
    private final UnaryOperator<Map<String, String>> origins;
    private final Predicate<String> live;
    private final Supplier<Map<String, String>> notices;

    /**
     * Shows settings.
     *
     * @param effective values in effect, by name
     * @param origins where each of these values comes from
     * @param live whether a setting may change while the bundle runs
     * @param notices what is wrong with changed settings, and what waits for a restart
     */
    public SettingsPage(
            Supplier<Map<String, String>> effective,
            UnaryOperator<Map<String, String>> origins,
            Predicate<String> live,
            Supplier<Map<String, String>> notices) {
        this.effective = effective;
        this.origins = origins;
        this.live = live;
        this.notices = notices;
    }

    @Override
    public void add(Router router) {
        router.get(API + "settings").order(ORDER).blockingHandler(this::answer, false);
    }

    private void answer(RoutingContext context) {
        Map<String, String> values = effective.get();
        Map<String, String> from = origins.apply(values);
        ObjectNode answer = ConsoleResponse.object();
        answer.set("notices", ConsoleResponse.tree(notices.get()));
        ArrayNode rows = answer.putArray("settings");
        values.forEach((key, value) -> rows.addObject()
                .put("key", key)
                .put("value", MaskedValue.of(key, value))
                .put("secret", !value.isEmpty() && MaskedValue.isSecret(key))
                .put("origin", from.getOrDefault(key, ""))
                .put("live", live.test(key)));
        ConsoleResponse.json(context, answer);
    }
}
