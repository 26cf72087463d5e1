package io.clauderoutes.bundle;

import io.clauderoutes.agent.RouteTools;
import io.clauderoutes.agent.ToolCaller;
import io.clauderoutes.agent.ToolCatalog;
import io.clauderoutes.agent.ToolLoop;
import io.clauderoutes.agent.ToolRedaction;
import io.clauderoutes.message.ContentPart;
import io.clauderoutes.redact.Redactor;
import io.clauderoutes.settings.ClaudeSettings;
import org.apache.camel.Exchange;

/** The tools of the bundle and the rounds in which requests use them. */
final class AgentWiring {

    AgentWiring(Wiring wiring, RequestWiring requests) {
        ClaudeSettings settings = wiring.settings();
        ToolCatalog catalog = new ToolCatalog(ToolCatalog.RemoteTools.NONE);
        wiring.bind(
                "claudeRouteTools",
                new RouteTools(catalog, requests.json(), settings.agent().maxResultBytes()));
        ToolCaller caller = new ToolCaller(
                settings.agent(),
                settings.call().deadline(),
                redaction(requests.redactor()),
                requests.meters(),
                wiring.runtime());
        ToolLoop loop = new ToolLoop(catalog, caller, settings.agent().maxRounds(), requests.json());
        wiring.step("claudeToolsOffer", loop::offer);
        wiring.condition("claudeToolsRoundIsDue", loop::isDue);
        wiring.step("claudeToolsCall", loop::call);
        wiring.step("claudeToolsEnd", loop::end);
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
