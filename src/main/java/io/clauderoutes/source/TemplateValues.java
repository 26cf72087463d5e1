package io.clauderoutes.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.clauderoutes.message.MessageJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/**
 * The values of a message for a template: {@code body}, {@code headers}, {@code properties}, {@code variables}, and the fields of a body that
 * is data. All of them are plain data, so that a template reaches no object of the application.
 */
final class TemplateValues {

    private static final String OWN = "claude";

    private final MessageJson json;
    private final BodyReader bodies;

    TemplateValues(MessageJson json, BodyReader bodies) {
        this.json = json;
        this.bodies = bodies;
    }

    Map<String, Object> of(Message message) {
        Exchange exchange = message.getExchange();
        Map<String, Object> values = new HashMap<>();
        if (message.getBody() != null) {
            Object body = body(exchange, message.getBody());
            if (body instanceof Map<?, ?> fields) {
                fields.forEach((name, value) -> values.put(String.valueOf(name), value));
            }
            values.put("body", body);
        }
        Object sourceHeaders = exchange.getProperty(SourceMessage.HEADERS);
        values.put("headers", sourceHeaders == null ? texts(message.getHeaders()) : sourceHeaders);
        Map<String, Object> properties = texts(exchange.getProperties());
        properties.keySet().removeIf(name -> name.startsWith(OWN));
        values.put("properties", properties);
        values.put("variables", exchange.hasVariables() ? texts(exchange.getVariables()) : Map.of());
        return values;
    }

    private Object body(Exchange exchange, Object body) {
        String text = PromptText.decoded(bodies.bytes(exchange, body));
        boolean isData = body instanceof Map<?, ?>
                || body instanceof Iterable<?>
                || text.startsWith("{")
                || text.startsWith("[");
        Optional<JsonNode> tree = isData ? json.value(text) : Optional.empty();
        return tree.filter(JsonNode::isContainerNode).map(TemplateValues::plain).orElse(text);
    }

    private static Object plain(JsonNode node) {
        if (node.isObject()) {
            Map<String, Object> fields = new LinkedHashMap<>();
            node.properties().forEach(field -> fields.put(field.getKey(), plain(field.getValue())));
            return fields;
        }
        if (node.isArray()) {
            List<Object> items = new ArrayList<>(node.size());
            node.forEach(item -> items.add(plain(item)));
            return items;
        }
        if (node.isNull()) {
            return null;
        }
        return node.isBoolean() ? node.booleanValue() : node.asText();
    }

    /** The values that are texts, numbers or booleans, whatever the case of their names. */
    static Map<String, Object> texts(Map<String, Object> values) {
        Map<String, Object> texts = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        values.forEach((name, value) -> {
            if (name != null && value instanceof Boolean) {
                texts.put(name, value);
            } else if (name != null && value != null) {
                HeaderText.of(value).ifPresent(text -> texts.put(name, text));
            }
        });
        return texts;
    }
}
