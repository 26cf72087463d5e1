package io.clauderoutes.bundle;

import io.clauderoutes.agent.RouteTools;
import io.clauderoutes.agent.ToolCaller;
import io.clauderoutes.agent.ToolCatalog;
import io.clauderoutes.agent.ToolLoop;
import io.clauderoutes.agent.ToolRedaction;
import io.clauderoutes.agent.mcp.McpServers;
import io.clauderoutes.agent.mcp.McpTools;
import io.clauderoutes.message.ContentPart;
import io.clauderoutes.redact.Redactor;
import io.clauderoutes.settings.ClaudeSettings;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;

/** The tools of the bundle and the rounds in which requests use them. */
final class AgentWiring {

    private final Optional<McpTools> mcp;
    private final ToolCatalog catalog;
    private final ToolCaller caller;

    AgentWiring(Wiring wiring, RequestWiring requests, OutputWiring output) {
        ClaudeSettings settings = wiring.settings();
        this.mcp = settings.agents().mcp().isEmpty()
                ? Optional.empty()
                : Optional.of(wiring.closing(McpServers.of(
                        settings.agents().mcp(), settings.agents().agent().maxResultBytes(), wiring.runtime())));
        this.catalog =
                new ToolCatalog(mcp.<ToolCatalog.RemoteTools>map(tools -> tools).orElse(ToolCatalog.RemoteTools.NONE));
        wiring.bind(
                "claudeRouteTools",
                new RouteTools(
                        catalog, requests.json(), settings.agents().agent().maxResultBytes()));
        this.caller = new ToolCaller(
                settings.agents().agent(),
                settings.upstream().call().deadline(),
                redaction(requests.redactor()),
                requests.meters(),
                wiring.runtime());
        ToolLoop loop = new ToolLoop(catalog, caller, settings.agents().agent().maxRounds(), requests.json());
        wiring.step("claudeToolsOffer", loop::offer);
        wiring.condition(
                "claudeRoundsMayRepeat",
                exchange -> loop.hasTools(exchange) || output.repair().isMade(exchange));
        wiring.condition("claudeToolsRoundIsDue", loop::isDue);
        wiring.step("claudeToolsCall", loop::call);
        wiring.step("claudeToolsEnd", loop::end);
    }

    ToolCatalog catalog() {
        return catalog;
    }

    ToolCaller caller() {
        return caller;
    }

    /** The state of MCP servers, as details of the health check. */
    Map<String, String> details() {
        return mcp.map(McpTools::details).orElse(Map.of());
    }

    private static ToolRedaction redaction(Redactor redactor) {
        return new ToolRedaction() {
            @Override
            public ContentPart forModel(Exchange exchange, ContentPart part) {
                if (part instanceof ContentPart.Text text) {
                    return new ContentPart.Text(redactor.redactToolOutput(exchange, text.text()));
                }
                if (part instanceof ContentPart.TextDocument document) {
                    return new ContentPart.TextDocument(
                            redactor.redactToolOutput(exchange, document.text()), document.title());
                }
                return part;
            }

            @Override
            public String forRequester(Exchange exchange, String text) {
                return redactor.redactReplyText(exchange, text);
            }
        };
    }
}
