package io.clauderoutes.simulator;

import java.util.Map;

/** An error as the API tells it: a status, a type, a message, and sometimes a machine's code. */
record ErrorReply(int status, String type, String message, String code, Map<String, String> headers) {

    ErrorReply {
        headers = Map.copyOf(headers);
    }

    ErrorReply(int status, String message) {
        this(status, typeOf(status), message, "", Map.of());
    }

    static ErrorReply invalid(String message) {
        return new ErrorReply(400, message);
    }

    static ErrorReply of(Fault.Status fault) {
        String message = fault.message().isEmpty() ? usualMessage(fault.status()) : fault.message();
        return new ErrorReply(fault.status(), typeOf(fault.status()), message, fault.errorCode(), fault.headers());
    }

    /** The error that an answer without a stream would have had. */
    static ErrorReply of(Fault.ErrorEvent fault) {
        int status =
                switch (fault.type()) {
                    case "overloaded_error" -> 529;
                    case "rate_limit_error" -> 429;
                    case "invalid_request_error" -> 400;
                    case "timeout_error" -> 504;
                    default -> 500;
                };
        return new ErrorReply(status, fault.type(), fault.message(), "", Map.of());
    }

    byte[] body(String requestId) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("type", "error");
            json.writeObjectFieldStart("error");
            if (code.isEmpty()) {
                json.writeNullField("details");
            } else {
                json.writeObjectFieldStart("details");
                json.writeStringField("error_code", code);
                json.writeEndObject();
            }
            json.writeStringField("type", type);
            json.writeStringField("message", message);
            json.writeEndObject();
            json.writeStringField("request_id", requestId);
            json.writeEndObject();
        });
    }

    private static String typeOf(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 402 -> "billing_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 409 -> "conflict_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 504 -> "timeout_error";
            case 529 -> "overloaded_error";
            default -> status < 500 ? "invalid_request_error" : "api_error";
        };
    }

    private static String usualMessage(int status) {
        return switch (status) {
            case 400 -> "The request is not valid";
            case 401 -> "invalid x-api-key";
            case 402 -> "Your credit balance is too low to access the Anthropic API";
            case 403 -> "Your API key does not have permission to use the specified resource";
            case 404 -> "The requested resource was not found";
            case 413 -> "Request exceeds the maximum size";
            case 429 -> "This request would exceed your organization's rate limit";
            case 502 -> "Bad gateway";
            case 503 -> "Service unavailable";
            case 504 -> "Request timed out";
            case 529 -> "Overloaded";
            default -> "Internal server error";
        };
    }
}
