package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.request.GatewayClient;
import io.clauderoutes.request.Request;
import io.clauderoutes.resume.RetainedReplies.Begun;
import io.clauderoutes.resume.RetainedReply;
import io.clauderoutes.resume.RetentionRequest;
import io.clauderoutes.settings.ClientKeySettings;
import io.clauderoutes.tracing.TraceSpan;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import org.apache.camel.support.SynchronizationAdapter;

/**
 * {@code POST /v1/messages}: takes a request in as it is, byte for byte, and gives the reply back as the API would. All that
 * is ours here is who may come in, and the error when we refuse.
 */
public final class MessagesEndpoint {

    /** Exchange property: the response to the client. */
    private static final String RESPONSE = "claudeClientResponse";

    private final ClientPrompts prompts;
    private final StreamRetention retention;
    private final boolean cancels;
    private final Guard guard;
    private final MessageJson json;
    private final Supplier<String> ids;
    private final BundleRuntime runtime;

    /**
     * Serves clients.
     *
     * @param cancels whether the disconnect of a client ends its request
     * @param guard has checked each request before
     * @param ids of prompts
     */
    public MessagesEndpoint(
            ClientPrompts prompts,
            StreamRetention retention,
            boolean cancels,
            Guard guard,
            MessageJson json,
            Supplier<String> ids,
            BundleRuntime runtime) {
        this.prompts = prompts;
        this.retention = retention;
        this.cancels = cancels;
        this.guard = guard;
        this.json = json;
        this.ids = ids;
        this.runtime = runtime;
    }

    /**
     * Makes the prompt that goes to {@code direct:claude}, and keeps the response for the reply. A request that was sent before gets
     * its reply here, and the route ends.
     */
    public void open(Exchange exchange) {
        HttpMessage message = exchange.getMessage(HttpMessage.class);
        HttpServerRequest request = message.getRequest();
        Object body = message.getBody();
        ClientResponse response = new ClientResponse(
                Vertx.currentContext(),
                message.getResponse(),
                json,
                prompts.settings().writeTimeout());
        exchange.setProperty(RESPONSE, response);
        exchange.setProperty(ClaudeHeaders.RESPONSE_ID, RequestIds.of(message.getResponse()));
        message.setBody(null);
        message.getHeaders().clear();
        Client from = guard.client(request);
        TraceSpan span = guard.span(request);
        span.putOn(exchange);
        exchange.setProperty(ClaudeHeaders.CLIENT, from.name());
        from.key()
                .flatMap(ClientKeySettings::redactPolicy)
                .ifPresent(policy -> exchange.setProperty(ClaudeHeaders.REDACT_POLICY, policy));
        byte[] sent = SentBody.of(body, request);
        guard.bodyTaken(request, sent.length);
        from.key()
                .flatMap(ClientKeySettings::limits)
                .ifPresent(limits -> exchange.setProperty(ClaudeHeaders.LIMITS, limits));
        MessagesRequest asked = prompts.request(sent);
        MultiMap headers = request.headers();
        String id = ids.get();
        Optional<RetentionRequest> retained = retention.wanted(id, from, headers, asked, sent);
        ReplyWriter writer;
        if (retained.isPresent()) {
            long after = StreamRetention.lastEvent(headers);
            Begun begun = retention.replies().begin(retained.get());
            RetainedReply reply = begun.reply();
            Context serverThread = Vertx.currentContext();
            if (!begun.isNew()) {
                exchange.setRouteStop(true);
                retention
                        .sendAgain("joined", reply, after, serverThread, message.getResponse())
                        .over()
                        .join();
                return;
            }
            RetainedReader reader = retention.send(reply, after, serverThread, message.getResponse());
            RetainedResponse to = new RetainedResponse(reply, retention.replies(), asked.stream(), json, reader.over());
            exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
                @Override
                public void onDone(Exchange done) {
                    to.close();
                }
            });
            writer = to;
            exchange.setProperty(RESPONSE, writer);
        } else {
            if (ResponseCompression.isAccepted(request)) {
                response.compress();
            }
            if (asked.stream()) {
                response.pinging(
                        prompts.settings().pingInterval(), runtime.threads().timer());
            }
            writer = response;
        }
        Prompt prompt = prompts.prompt(
                id, from, asked, headers, Optional.ofNullable(request.query()).orElse(""));
        if (span.isOn()) {
            prompt = prompt.withHeader(Correlation.TRACE_PARENT, span.traceParent());
        }
        Request begun = new Request(prompt, runtime.ticker().getAsLong(), route(exchange))
                .from(new GatewayClient(
                        false,
                        writer.stream()::isGone,
                        cancels,
                        ClientPrompts.isRetriedByClient(headers),
                        asked.stream() ? Optional.of(writer.stream()) : Optional.empty(),
                        from.credential()));
        writer.to(begun);
        begun.putOn(exchange);
        message.setBody(prompt);
    }

    private static String route(Exchange exchange) {
        return exchange.getFromRouteId() == null ? "" : exchange.getFromRouteId();
    }

    /** Sends the reply to the client. */
    public void answer(Exchange exchange) {
        response(exchange).answer(Request.of(exchange).progress().reply().orElseThrow());
        done(exchange);
    }

    /** Sends the error to the client. */
    public void fail(Exchange exchange) {
        Exception cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        response(exchange)
                .fail(ClaudeException.causeOf(cause)
                        .orElseGet(() -> new ClaudeException.Unavailable(
                                ApiError.ours(500, "api_error", "the request failed inside the gateway"), cause)));
        done(exchange);
    }

    private static ReplyWriter response(Exchange exchange) {
        return exchange.getProperty(RESPONSE, ReplyWriter.class);
    }

    /** The response is written already: the server is to add nothing. */
    private static void done(Exchange exchange) {
        Message message = exchange.getMessage();
        message.setBody(null);
        message.getHeaders().clear();
    }
}
