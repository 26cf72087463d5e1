package io.clauderoutes.agent.mcp;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.agent.ToolFailed;
import io.clauderoutes.agent.ToolResult;
import io.clauderoutes.message.ToolSpec;
import io.clauderoutes.settings.McpServerSettings;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapper;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeoutException;

/** A connection by the Java SDK of the Model Context Protocol. Only this class and its transport use the library. */
final class SdkConnection implements McpServer.Connection {

    private static final TypeReference<Map<String, Object>> VALUES = new TypeReference<>() {};
    private static final int MOST_PAGES = 100;
    /** The caller of a tool gives up first. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final String name;
    private final McpSyncClient client;
    private final ObjectMapper mapper;
    private final McpContent content;

    private SdkConnection(String name, McpSyncClient client, ObjectMapper mapper, McpContent content) {
        this.name = name;
        this.client = client;
        this.mapper = mapper;
        this.content = content;
    }

    /**
     * Makes connections.
     *
     * @param maxBytes how long a result may be
     * @param threads run notifications and read the output of programs
     */
    static McpServer.Connector connector(int maxBytes, ExecutorService threads) {
        ObjectMapper mapper = JsonMapper.builder().build();
        McpContent content = new McpContent(maxBytes);
        return (name, settings, changed) -> {
            JacksonMcpJsonMapper json = new JacksonMcpJsonMapper(mapper);
            McpClientTransport transport = settings.url().isPresent()
                    ? http(settings, settings.url().get(), json)
                    : new ProgramTransport(name, settings, json, threads);
            McpSyncClient client = McpClient.sync(transport)
                    .clientInfo(McpSchema.Implementation.builder("claude-routes", "1")
                            .build())
                    .requestTimeout(settings.timeout().plus(GRACE))
                    .initializationTimeout(settings.timeout())
                    .toolsChangeConsumer(tools -> threads.execute(changed))
                    .build();
            SdkConnection made = new SdkConnection(name, client, mapper, content);
            try {
                client.initialize();
            } catch (RuntimeException failure) {
                made.close();
                throw made.failure("cannot be reached", failure);
            }
            return made;
        };
    }

    private static McpClientTransport http(McpServerSettings settings, URI url, JacksonMcpJsonMapper json) {
        String path = url.getRawPath() == null
                        || url.getRawPath().isEmpty()
                        || url.getRawPath().equals("/")
                ? "/mcp"
                : url.getRawPath();
        return HttpClientStreamableHttpTransport.builder(url.getScheme() + "://" + url.getRawAuthority())
                .endpoint(path)
                .jsonMapper(json)
                .connectTimeout(settings.timeout())
                .customizeClient(client -> client.followRedirects(HttpClient.Redirect.NEVER))
                .addHttpRequestCustomizer((request, method, endpoint, body, context) ->
                        settings.headers().forEach(request::setHeader))
                .build();
    }

    private McpFailure failure(String what, RuntimeException cause) {
        return new McpFailure("MCP server " + name + " (claude.mcp." + name + ") " + what, root(cause));
    }

    @Override
    public List<McpTool> tools(McpServer server) throws McpFailure {
        List<McpTool> tools = new ArrayList<>();
        Set<String> names = new HashSet<>();
        try {
            McpSchema.ListToolsResult page = client.listTools(McpSchema.FIRST_PAGE);
            for (int pages = 1; page != null && pages < MOST_PAGES; pages++) {
                for (McpSchema.Tool tool : page.tools()) {
                    if (server.allows(tool.name())) {
                        String given = McpNames.of(server.name(), tool.name());
                        if (names.add(given)) {
                            tools.add(new McpTool(server, tool.name(), spec(given, tool)));
                        }
                    }
                }
                page = page.nextCursor() == null || page.nextCursor().isEmpty()
                        ? null
                        : client.listTools(page.nextCursor());
            }
        } catch (RuntimeException failure) {
            throw failure("does not tell its tools", failure);
        }
        return List.copyOf(tools);
    }

    private ToolSpec spec(String given, McpSchema.Tool tool) {
        ObjectNode schema = tool.inputSchema() == null
                ? mapper.createObjectNode()
                : mapper.convertValue(tool.inputSchema(), ObjectNode.class);
        if (!schema.has("type")) {
            schema.put("type", "object");
        }
        String description = tool.description() == null || tool.description().isBlank()
                ? tool.title() == null ? tool.name() : tool.title()
                : tool.description();
        return new ToolSpec(given, description, schema, false);
    }

    @Override
    public ToolResult call(String tool, ObjectNode input) throws McpFailure {
        try {
            return content.of(client.callTool(McpSchema.CallToolRequest.builder(tool)
                    .arguments(mapper.convertValue(input, VALUES))
                    .build()));
        } catch (McpError refused) {
            if (refused.getJsonRpcError() != null && refused.getJsonRpcError().code() == ProgramTransport.ENDED) {
                throw failure("did not answer a call", refused);
            }
            // The server is there and says no.
            return McpContent.error("The MCP server refused the call: " + refused.getMessage());
        } catch (RuntimeException failure) {
            if (isTimeout(failure)) {
                throw new ToolFailed("The MCP server did not answer the call in time.", failure);
            }
            throw failure("did not answer a call", failure);
        }
    }

    /** Whether the call was cancelled, which says nothing of the connection. */
    private static boolean isTimeout(RuntimeException failure) {
        Throwable root = root(failure);
        return Thread.currentThread().isInterrupted()
                || root instanceof InterruptedException
                || root instanceof TimeoutException;
    }

    private static Throwable root(RuntimeException failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (RuntimeException alreadyGone) {
            // nothing is left to close
        }
    }
}
