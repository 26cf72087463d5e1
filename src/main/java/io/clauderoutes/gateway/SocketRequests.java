package io.clauderoutes.gateway;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.resume.RetainedReplies.Begun;
import io.clauderoutes.resume.RetainedReply;
import io.clauderoutes.resume.RetainedReply.Reading;
import io.clauderoutes.tracing.TraceSpan;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** The first step of the route {@code claude-websocket}: makes a prompt of a client's request, and retains its reply. */
public final class SocketRequests implements Processor {

    private final ClientRequests requests;
    private final StreamRetention retention;
    private final MessageJson json;
    private final Supplier<String> ids;
    private final RequestOutcomes outcomes;

    /** @param ids of prompts */
    public SocketRequests(
            ClientRequests requests,
            StreamRetention retention,
            MessageJson json,
            Supplier<String> ids,
            RequestOutcomes outcomes) {
        this.requests = requests;
        this.retention = retention;
        this.json = json;
        this.ids = ids;
        this.outcomes = outcomes;
    }

    @Override
    public void process(Exchange exchange) {
        SocketRequest request = SocketRequest.of(exchange);
        String responseId = Correlation.valid(
                        Correlation.REQUEST_ID, request.headers().get(Correlation.REQUEST_ID))
                .orElseGet(RequestIds::next);
        ClientRequests.identify(exchange, request.client(), responseId, TraceSpan.of(exchange));
        try {
            begin(exchange, request);
        } catch (ClaudeException refused) {
            exchange.setRouteStop(true);
            outcomes.refused(responseId, request.client().name(), refused.error());
            request.outcome().refused(refused);
        }
    }

    private void begin(Exchange exchange, SocketRequest request) {
        byte[] body = request.sent().body().bytes();
        MessagesRequest asked = requests.prompts().request(body);
        long after = StreamRetention.lastEvent(request.headers());
        String id = ids.get();
        Begun begun = retention.replies().begin(StreamRetention.request(id, request.client(), request.headers(), body));
        RetainedReply reply = begun.reply();
        Runnable available = request.outcome()::available;
        Optional<Reading> reading = reply.read(after, available);
        if (!begun.isNew()) {
            exchange.setRouteStop(true);
            request.outcome().reply(reply, reading.orElseThrow(() -> StreamRetention.notRetained(after)));
            retention.countAgain("joined", reply, after);
            return;
        }
        RetainedResponse response = RetainedResponse.begin(
                exchange, reply, retention.replies(), json, asked.stream(), CompletableFuture.completedFuture(null));
        request.outcome()
                .reply(reply, reading.or(() -> reply.read(0, available)).orElseThrow());
        requests.begin(exchange, new ClientRequests.Sent(id, request.client(), asked, request.headers(), ""), response);
    }
}
