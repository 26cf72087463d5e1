package io.clauderoutes.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.Optional;

/** Responses of the console: JSON that no cache stores. */
final class ConsoleResponse {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int OK = 200;

    private ConsoleResponse() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static byte[] bytes(JsonNode node) {
        try {
            return JSON.writeValueAsBytes(node);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static JsonNode tree(Object value) {
        return JSON.valueToTree(value);
    }

    /** Reads a JSON object; empty if it is none. */
    static Optional<JsonNode> read(byte[] bytes) {
        try {
            return Optional.ofNullable(JSON.readTree(bytes)).filter(JsonNode::isObject);
        } catch (IOException notJson) {
            return Optional.empty();
        }
    }

    static void json(RoutingContext context, JsonNode node) {
        json(context, OK, node);
    }

    static void json(RoutingContext context, int status, JsonNode node) {
        if (context.response().ended() || context.response().closed()) {
            return;
        }
        context.response()
                .setStatusCode(status)
                .putHeader("content-type", "application/json")
                .putHeader("cache-control", "no-store")
                .end(Buffer.buffer(bytes(node)));
    }

    static void error(RoutingContext context, int status, String message) {
        ObjectNode error = object();
        error.put("type", "error").putObject("error").put("type", type(status)).put("message", message);
        json(context, status, error);
    }

    private static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 500, 502, 503 -> "api_error";
            default -> "invalid_request_error";
        };
    }
}
