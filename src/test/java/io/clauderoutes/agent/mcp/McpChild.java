package io.clauderoutes.agent.mcp;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.Optional;

/** An MCP server as a program: it greets on its standard output, as many do, and has a few tools. */
public final class McpChild {

    private static final ObjectMapper JSON = new ObjectMapper();

    private McpChild() {}

    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(System.out, true, UTF_8);
        out.println("Welcome to the files server!");
        out.println("{\"not\":\"a message\"}");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JsonNode request = JSON.readTree(line);
            if (request.path("params").path("name").asText().equals("die")) {
                System.exit(3);
            }
            Optional<ObjectNode> reply = reply(request);
            if (reply.isPresent()) {
                out.println(reply.get());
            }
            if (request.path("params").path("name").asText().equals("grow")) {
                out.println("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}");
            }
        }
    }

    private static boolean grown;

    static Optional<ObjectNode> reply(JsonNode request) {
        if (!request.has("id")) {
            return Optional.empty();
        }
        ObjectNode reply = JSON.createObjectNode().put("jsonrpc", "2.0");
        reply.set("id", request.get("id"));
        ObjectNode result = reply.putObject("result");
        switch (request.path("method").asText()) {
            case "initialize" -> {
                result.put(
                        "protocolVersion",
                        request.path("params").path("protocolVersion").asText());
                result.putObject("capabilities").putObject("tools").put("listChanged", true);
                result.putObject("serverInfo").put("name", "files").put("version", "1");
            }
            case "tools/list" -> {
                var tools = result.putArray("tools");
                tool(tools.addObject(), "read file");
                tool(tools.addObject(), "die");
                tool(tools.addObject(), "grow");
                if (grown) {
                    tool(tools.addObject(), "new");
                }
            }
            case "tools/call" -> {
                String name = request.path("params").path("name").asText();
                grown |= name.equals("grow");
                String text = "read "
                        + request.path("params").path("arguments").path("path").asText() + " key="
                        + System.getenv("ANTHROPIC_API_KEY") + " token=" + System.getenv("TOKEN");
                result.putArray("content").addObject().put("type", "text").put("text", text);
                result.put("isError", request.path("params").path("arguments").has("fail"));
            }
            default -> {}
        }
        return Optional.of(reply);
    }

    private static void tool(ObjectNode tool, String name) {
        tool.put("name", name).put("description", "Does " + name);
        tool.putObject("inputSchema")
                .put("type", "object")
                .putObject("properties")
                .putObject("path")
                .put("type", "string");
    }
}
