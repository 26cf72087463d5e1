package io.clauderoutes.agent.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.agent.AgentTool;
import io.clauderoutes.agent.ToolCalls;
import io.clauderoutes.message.ContentPart;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.ToolCall;
import io.clauderoutes.message.ToolOutput;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Answers requests of the Model Context Protocol: a client lists the tools of routes and calls them. It keeps no sessions, so each request
 * stands alone, and any bundle behind a load balancer answers it.
 */
public final class McpRequests {

    /** Newest first. */
    private static final List<String> VERSIONS = List.of("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05");

    private static final int PARSE_ERROR = -32_700;
    private static final int INVALID_REQUEST = -32_600;
    private static final int METHOD_NOT_FOUND = -32_601;
    private static final int INVALID_PARAMS = -32_602;

    private final MessageJson json;
    private final ToolCalls calls;

    /** @param calls of tools */
    public McpRequests(ToolCalls calls, MessageJson json) {
        this.calls = calls;
        this.json = json;
    }

    /** A protocol error. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        private final int code;

        Refused(int code, String message) {
            super(message, null, false, false);
            this.code = code;
        }
    }

    /**
     * The response to a message of a client.
     *
     * @param tools that the client may call, by name
     * @return JSON; empty if the message wants no response
     */
    public Optional<byte[]> response(byte[] message, Map<String, AgentTool> tools, String tenant) {
        Optional<JsonNode> parsed = json.value(new String(message, java.nio.charset.StandardCharsets.UTF_8));
        if (parsed.isEmpty()) {
            return Optional.of(error(null, new Refused(PARSE_ERROR, "the message is not JSON")));
        }
        if (!(parsed.get() instanceof ObjectNode request)
                || !request.path("jsonrpc").asText().equals("2.0")
                || !request.path("method").isTextual()) {
            return Optional.of(error(null, new Refused(INVALID_REQUEST, "the message is no request of JSON-RPC 2.0")));
        }
        JsonNode id = request.get("id");
        if (id == null) {
            return Optional.empty();
        }
        try {
            ObjectNode response = json.newObject().put("jsonrpc", "2.0");
            response.set("id", id);
            response.set("result", result(request, tools, tenant));
            return Optional.of(json.bytes(response));
        } catch (Refused refused) {
            return Optional.of(error(id, refused));
        }
    }

    private byte[] error(JsonNode id, Refused refused) {
        ObjectNode response = json.newObject().put("jsonrpc", "2.0");
        response.set("id", id);
        response.putObject("error").put("code", refused.code).put("message", refused.getMessage());
        return json.bytes(response);
    }

    private JsonNode result(ObjectNode request, Map<String, AgentTool> tools, String tenant) throws Refused {
        JsonNode params = request.path("params");
        return switch (request.path("method").asText()) {
            case "initialize" -> initialized(params);
            case "ping" -> json.newObject();
            case "tools/list" -> list(tools);
            case "tools/call" -> call(params, tools, tenant, request.path("id").asText());
            default ->
                throw new Refused(
                        METHOD_NOT_FOUND, "the server has no method of this name: it offers tools, and nothing else");
        };
    }

    private ObjectNode initialized(JsonNode params) {
        String wanted = params.path("protocolVersion").asText();
        ObjectNode result =
                json.newObject().put("protocolVersion", VERSIONS.contains(wanted) ? wanted : VERSIONS.get(0));
        result.putObject("capabilities").putObject("tools").put("listChanged", false);
        result.putObject("serverInfo").put("name", "claude-routes").put("version", version());
        return result;
    }

    private static String version() {
        String version = McpRequests.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private ObjectNode list(Map<String, AgentTool> tools) {
        ObjectNode result = json.newObject();
        ArrayNode listed = result.putArray("tools");
        tools.values().forEach(tool -> listed.addObject()
                .put("name", tool.spec().name())
                .put("description", tool.spec().description())
                .set("inputSchema", tool.spec().schema()));
        return result;
    }

    private ObjectNode call(JsonNode params, Map<String, AgentTool> tools, String tenant, String id) throws Refused {
        String name = params.path("name").asText();
        if (!tools.containsKey(name)) {
            throw new Refused(INVALID_PARAMS, "there is no tool of this name");
        }
        JsonNode arguments = params.path("arguments");
        if (!arguments.isMissingNode() && !arguments.isNull() && !arguments.isObject()) {
            throw new Refused(INVALID_PARAMS, "arguments: expected an object");
        }
        ObjectNode input = arguments instanceof ObjectNode given ? given : json.newObject();
        ToolOutput output = calls.call(new ToolCall(id, name, input), tools.get(name), tenant);
        ObjectNode result = json.newObject();
        ArrayNode content = result.putArray("content");
        output.content().forEach(part -> content(content.addObject(), part));
        return result.put("isError", output.error());
    }

    private static void content(ObjectNode block, ContentPart part) {
        if (part instanceof ContentPart.Binary binary) {
            String data = Base64.getEncoder().encodeToString(binary.content().bytes());
            if (binary.type().isImage()) {
                block.put("type", "image")
                        .put("data", data)
                        .put("mimeType", binary.type().mediaType());
            } else {
                block.put("type", "resource")
                        .putObject("resource")
                        .put("uri", "attachment:document")
                        .put("mimeType", binary.type().mediaType())
                        .put("blob", data);
            }
        } else if (part instanceof ContentPart.TextDocument document) {
            block.put("type", "text").put("text", document.text());
        } else if (part instanceof ContentPart.Text text) {
            block.put("type", "text").put("text", text.text());
        }
    }
}
