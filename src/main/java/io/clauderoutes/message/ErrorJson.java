package io.clauderoutes.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.Frame;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Errors as JSON. Which status goes with which type is known here alone. */
final class ErrorJson {

    private static final int BAD_GATEWAY = 502;

    private final JsonValues values;
    private final UnaryOperator<byte[]> bodies;

    ErrorJson(JsonValues values, UnaryOperator<byte[]> bodies) {
        this.values = values;
        this.bodies = bodies;
    }

    ApiError error(int status, Map<String, String> headers, byte[] asItCame, Optional<Duration> retryAfter) {
        byte[] body = bodies.apply(asItCame);
        Optional<Frame> frame = body.length == 0 ? Optional.empty() : Optional.of(new Frame(body));
        JsonNode json;
        try {
            json = values.tree(body);
        } catch (IOException notJson) {
            json = MissingNode.getInstance();
        }
        JsonNode error = json.path("error");
        Optional<String> requestId =
                JsonValues.text(json.path("request_id")).or(() -> Optional.ofNullable(headers.get("request-id")));
        String type = error.path("type").asText("");
        if (type.isEmpty()) {
            int known = status > 0 ? status : BAD_GATEWAY;
            return new ApiError(
                    known,
                    typeOf(known),
                    status > 0
                            ? "the endpoint answered with status " + status + " and no error of the API"
                            : "the endpoint answered with an error that has no type",
                    Optional.empty(),
                    requestId,
                    retryAfter,
                    new ApiError.ErrorResponse(headers, frame));
        }
        return new ApiError(
                status > 0 ? status : statusOf(type),
                type,
                error.path("message").asText(""),
                JsonValues.text(error.path("details").path("error_code")),
                requestId,
                retryAfter,
                new ApiError.ErrorResponse(headers, frame));
    }

    /** @param traceId of the request; empty text if there is none */
    byte[] bytes(ApiError error, String traceId) {
        return error.response().body().map(Frame::bytes).orElseGet(() -> {
            ObjectNode json = values.newObject().put("type", "error");
            ObjectNode its = json.putObject("error").put("type", error.type()).put("message", error.message());
            error.code().ifPresent(code -> its.putObject("details").put("error_code", code));
            json.put("request_id", error.requestId().orElse(null));
            if (!traceId.isEmpty()) {
                json.put("trace_id", traceId);
            }
            return values.bytes(json);
        });
    }

    /** An unknown type is the server's fault. */
    private static int statusOf(String errorType) {
        return switch (errorType) {
            case "invalid_request_error" -> 400;
            case "authentication_error" -> 401;
            case "billing_error" -> 402;
            case "permission_error" -> 403;
            case "not_found_error" -> 404;
            case "conflict_error" -> 409;
            case "request_too_large" -> 413;
            case "rate_limit_error" -> 429;
            case "timeout_error" -> 504;
            case "overloaded_error" -> 529;
            default -> 500;
        };
    }

    private static String typeOf(int status) {
        return switch (status) {
            case 400 -> "invalid_request_error";
            case 401 -> "authentication_error";
            case 402 -> "billing_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 409 -> "conflict_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 504 -> "timeout_error";
            case 529 -> "overloaded_error";
            default -> status >= 400 && status < 500 ? "invalid_request_error" : "api_error";
        };
    }
}
