package io.clauderoutes.gateway;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.request.GatewayClient;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.GatewaySettings;
import io.clauderoutes.tracing.TraceSpan;
import io.vertx.core.MultiMap;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.camel.Exchange;

/** Puts the requests of clients on exchanges, for {@code direct:claude}. Safe for any thread. */
public final class ClientRequests {

    private final ClientPrompts prompts;
    private final boolean cancels;
    private final LongSupplier ticker;

    /**
     * @param cancels whether the disconnect of a client ends its request
     * @param ticker nanoseconds
     */
    public ClientRequests(ClientPrompts prompts, boolean cancels, LongSupplier ticker) {
        this.prompts = prompts;
        this.cancels = cancels;
        this.ticker = ticker;
    }

    /** The settings of now. */
    public GatewaySettings settings() {
        return prompts.settings();
    }

    ClientPrompts prompts() {
        return prompts;
    }

    /**
     * A request that a client sent.
     *
     * @param id of its prompt
     * @param headers that it came with
     * @param query of its URL, empty if there is none
     */
    record Sent(String id, Client client, MessagesRequest messages, MultiMap headers, String query) {}

    /** Says on an exchange who sent it. */
    static void identify(Exchange exchange, Client client, String responseId, TraceSpan span) {
        exchange.setProperty(ClaudeHeaders.RESPONSE_ID, responseId);
        span.putOn(exchange);
        exchange.setProperty(ClaudeHeaders.CLIENT, client.name());
        client.key()
                .flatMap(key -> key.replies().redactPolicy())
                .ifPresent(policy -> exchange.setProperty(ClaudeHeaders.REDACT_POLICY, policy));
        client.key()
                .flatMap(key -> key.requests().limits())
                .ifPresent(limits -> exchange.setProperty(ClaudeHeaders.LIMITS, limits));
    }

    /** Makes the prompt the body of the exchange; the reply goes to the writer. */
    void begin(Exchange exchange, Sent sent, ReplyWriter writer) {
        TraceSpan span = TraceSpan.of(exchange);
        Prompt prompt = prompts.prompt(sent.id(), sent.client(), sent.messages(), sent.headers(), sent.query());
        if (span.isOn()) {
            prompt = prompt.withHeader(Correlation.TRACE_PARENT, span.traceParent());
        }
        Request begun = new Request(prompt, ticker.getAsLong(), route(exchange))
                .from(new GatewayClient(
                        false,
                        writer.stream()::isGone,
                        cancels,
                        ClientPrompts.isRetriedByClient(sent.headers()),
                        sent.messages().stream() ? Optional.of(writer.stream()) : Optional.empty(),
                        sent.client().credential()));
        writer.to(begun);
        begun.putOn(exchange);
        exchange.getMessage().setBody(prompt);
    }

    private static String route(Exchange exchange) {
        return exchange.getFromRouteId() == null ? "" : exchange.getFromRouteId();
    }
}
