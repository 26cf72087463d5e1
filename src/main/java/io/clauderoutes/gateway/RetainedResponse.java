package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.Reply;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.request.ClientStream;
import io.clauderoutes.request.Request;
import io.clauderoutes.resume.RetainedReplies;
import io.clauderoutes.resume.RetainedReply;
import io.clauderoutes.resume.RetainedReply.Origin;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.Exchange;
import org.apache.camel.support.SynchronizationAdapter;

/** Writes a reply to where it is retained. The clients that read it from there come and go. */
final class RetainedResponse implements ReplyWriter, Origin {

    /** Response header: the id of a retained reply. */
    static final String STREAM_ID = "x-claude-routes-stream-id";

    private static final int OK = 200;
    private static final int SERVER_ERROR = 500;

    private final RetainedReply reply;
    private final RetainedReplies replies;
    private final MessageJson json;
    private final boolean streamed;
    private final CompletableFuture<Void> firstReader;
    private volatile Request request;

    private RetainedResponse(
            RetainedReply reply,
            RetainedReplies replies,
            MessageJson json,
            boolean streamed,
            CompletableFuture<Void> firstReader) {
        this.reply = reply;
        this.replies = replies;
        this.json = json;
        this.streamed = streamed;
        this.firstReader = firstReader;
        reply.from(this);
    }

    /**
     * Lets a retained reply be the reply to an exchange.
     *
     * @param streamed whether the reply is read as events
     * @param firstReader completes when the response to the request itself has ended
     */
    static RetainedResponse begin(
            Exchange exchange,
            RetainedReply reply,
            RetainedReplies replies,
            MessageJson json,
            boolean streamed,
            CompletableFuture<Void> firstReader) {
        RetainedResponse response = new RetainedResponse(reply, replies, json, streamed, firstReader);
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                response.close();
            }
        });
        response.putOn(exchange);
        return response;
    }

    @Override
    public Map<String, String> headers() {
        Map<String, String> headers = new HashMap<>();
        Request its = request;
        if (its != null) {
            MessagesResponse.headers(its, headers::put);
        }
        headers.put(STREAM_ID, reply.id());
        return headers;
    }

    @Override
    public ClientStream stream() {
        return reply;
    }

    @Override
    public void to(Request its) {
        request = its;
    }

    @Override
    public boolean isAtWork() {
        Request its = request;
        return its != null && its.progress().isAdmitted();
    }

    @Override
    public void answer(Reply whole) {
        end(streamed ? new PlainResponse(OK, Map.of(), new Frame(new byte[0])) : withId(whole));
    }

    private PlainResponse withId(Reply whole) {
        PlainResponse response = MessagesResponse.of(whole, request, json);
        response.headers().put(STREAM_ID, reply.id());
        return response;
    }

    @Override
    public void fail(ClaudeException failure) {
        Request its = request;
        String traceId = its == null ? "" : Correlation.traceId(its.prompt().wireHeaders());
        end(MessagesResponse.of(failure, RequestIds.of(reply.id()), traceId, json));
    }

    private void end(PlainResponse response) {
        reply.end(response);
        replies.ended(reply);
        firstReader.join();
    }

    /** The request is over. A reply that has not ended by now, after an error of the process, would be waited for without an end. */
    private void close() {
        reply.end(MessagesResponse.of(
                new ClaudeException.Unavailable(
                        ApiError.ours(SERVER_ERROR, "api_error", "the request failed inside the gateway"), null),
                RequestIds.of(reply.id()),
                "",
                json));
        replies.ended(reply);
    }
}
