package io.clauderoutes.request;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.message.CallerCredential;
import io.clauderoutes.message.Prompt;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.camel.Exchange;

/**
 * One request, from its source to its last sink. It is immutable: a stage that changes something puts a copy on the exchange. What
 * happens to the request is recorded in its {@link Progress}, which all copies share; each call to an endpoint is an {@link Attempt}.
 *
 * @param prompt what is asked, and with which options
 * @param startedNanos when the request began, by the bundle's ticker
 * @param errorRedaction redacts the bodies of the endpoint's errors by the policy of this request
 * @param progress what has become of the request
 * @param rounds of a request with tools of the bundle; empty for any other
 */
public record Request(
        Prompt prompt,
        long startedNanos,
        Requester requester,
        UnaryOperator<byte[]> errorRedaction,
        Progress progress,
        Optional<ToolRounds> rounds) {
    /**
     * Who sent the request.
     *
     * @param source a name of {@code claude.sources}, or the id of the route that the request entered by
     * @param client the client of the gateway that sent the request; empty for any other source
     * @param acknowledged whether the source acknowledges its message once the request is done, as a queue does
     */
    public record Requester(String source, Optional<GatewayClient> client, boolean acknowledged) {}

    /** A request that begins now. */
    public Request(Prompt prompt, long startedNanos, String source) {
        this(
                prompt,
                startedNanos,
                new Requester(source, Optional.empty(), true),
                UnaryOperator.identity(),
                new Progress(startedNanos),
                Optional.empty());
    }

    /** The request of an exchange; null before the source stage. */
    public static Request of(Exchange exchange) {
        return exchange.getProperty(ClaudeHeaders.REQUEST, Request.class);
    }

    /** Makes this the request of an exchange. */
    public void putOn(Exchange exchange) {
        exchange.setProperty(ClaudeHeaders.REQUEST, this);
    }

    /** The same request with another prompt. */
    public Request withPrompt(Prompt other) {
        return new Request(other, startedNanos, requester, errorRedaction, progress, rounds);
    }

    /** The same request with tools of the bundle. */
    public Request withRounds(ToolRounds its) {
        return new Request(prompt, startedNanos, requester, errorRedaction, progress, Optional.of(its));
    }

    /** The same request from another source. */
    public Request withSource(String other) {
        return new Request(
                prompt,
                startedNanos,
                new Requester(other, requester.client(), requester.acknowledged()),
                errorRedaction,
                progress,
                rounds);
    }

    /** The same request with another redaction of the endpoint's errors. */
    public Request withErrorRedaction(UnaryOperator<byte[]> redaction) {
        return new Request(prompt, startedNanos, requester, redaction, progress, rounds);
    }

    /** The same request from a client. A client of the gateway only waits for the reply: no message is acknowledged. */
    public Request from(GatewayClient sender) {
        boolean waits = requester.acknowledged() && sender.isRoute();
        return new Request(
                prompt,
                startedNanos,
                new Requester(requester.source(), Optional.of(sender), waits),
                errorRedaction,
                progress,
                rounds);
    }

    /** The same request without an acknowledgement of its message: the reply is all that its requester gets. */
    public Request unacknowledged() {
        return new Request(
                prompt,
                startedNanos,
                new Requester(requester.source(), requester.client(), false),
                errorRedaction,
                progress,
                rounds);
    }

    /** The credential of the client, if calls are made with it in place of the endpoint's. */
    public Optional<CallerCredential> credential() {
        return requester.client().flatMap(GatewayClient::credential);
    }

    /** Where the client reads the reply while it arrives; empty if it waits for the whole reply. */
    public Optional<ClientStream> stream() {
        return requester.client().flatMap(GatewayClient::stream);
    }

    /** Whether a client of the gateway sent the request, which decides itself when it sends requests and sends them again. */
    public boolean isFromGateway() {
        return requester.client().isPresent() && !requester.client().get().isRoute();
    }

    /** Whether the client sends a failed request again itself: each endpoint is then called once, and no retry waits. */
    public boolean isRetriedByClient() {
        return requester.client().isPresent() && requester.client().get().retries();
    }

    /** Whether the client has disconnected and no other request has joined this one. */
    public boolean isAbandoned() {
        return requester.client().isPresent()
                && requester.client().get().gone().getAsBoolean()
                && !progress.cache().isJoined();
    }

    /** Whether the request is abandoned and ends for that reason ({@code claude.fan-out.on-caller-gone=stop}). */
    public boolean isCancelled() {
        return requester.client().isPresent() && requester.client().get().cancels() && isAbandoned();
    }
}
