package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.agent.ToolCatalog;
import io.clauderoutes.agent.mcp.McpRequests;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.settings.GatewaySettings;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.vertx.HttpMessage;

/**
 * {@code POST /mcp}: offers the tools of routes to MCP clients, by the Streamable HTTP transport without sessions and streams. A client sees
 * the tools of its key.
 */
public final class McpEndpoint implements Processor {

    private static final int ACCEPTED = 202;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final String JSON = "application/json";

    private volatile GatewaySettings settings;
    private final Guard guard;
    private final ToolCatalog catalog;
    private final McpRequests requests;
    private final MessageJson json;

    /** @param guard has checked each request before */
    public McpEndpoint(
            GatewaySettings settings, Guard guard, ToolCatalog catalog, McpRequests requests, MessageJson json) {
        this.settings = settings;
        this.guard = guard;
        this.catalog = catalog;
        this.requests = requests;
        this.json = json;
    }

    /** Uses other settings for the requests that come from now on. */
    public void use(GatewaySettings others) {
        settings = others;
    }

    @Override
    public void process(Exchange exchange) {
        HttpMessage message = exchange.getMessage(HttpMessage.class);
        HttpServerRequest request = message.getRequest();
        Object body = message.getBody();
        message.setBody(null);
        message.getHeaders().clear();
        answer(request, body, message.getResponse());
    }

    private void answer(HttpServerRequest request, Object body, HttpServerResponse response) {
        response.putHeader(RequestIds.HEADER, RequestIds.of(response));
        if (!request.method().equals(HttpMethod.POST)) {
            // No stream from the server, and no session to end.
            response.putHeader("allow", "POST")
                    .setStatusCode(METHOD_NOT_ALLOWED)
                    .end();
            return;
        }
        try {
            Client client = guard.client(request);
            byte[] sent = SentBody.of(body, request);
            guard.bodyTaken(request, sent.length);
            Optional<byte[]> answer = requests.response(sent, catalog.offered(names(client)), client.tenant());
            if (answer.isPresent()) {
                response.putHeader("content-type", JSON).end(Buffer.buffer(answer.get()));
            } else {
                response.setStatusCode(ACCEPTED).end();
            }
        } catch (ClaudeException refused) {
            ApiError error = RequestIds.named(refused.error());
            response.setStatusCode(error.status())
                    .putHeader("content-type", JSON)
                    .end(Buffer.buffer(json.bytes(error)));
        }
    }

    private List<String> names(Client client) {
        return client.key()
                .flatMap(key -> key.requests().mcpTools())
                .orElse(settings.mcp().tools());
    }
}
