package io.clauderoutes.request;

import com.fasterxml.jackson.databind.JsonNode;
import io.clauderoutes.Frame;
import io.clauderoutes.Reply;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.ReplyAssembler;
import io.clauderoutes.stream.ReplyStream;
import io.clauderoutes.stream.RoundMerger;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The rounds of a request with tools of the bundle: a call of the model, the calls of tools that it asks for, and so on until it asks for
 * none. Its requester and its sinks get one reply. The rounds follow each other, so one thread at a time uses this.
 */
public final class ToolRounds {

    private final MessageJson json;
    private final int most;
    private final boolean events;
    private final RoundMerger merger;
    private final ReplyAssembler whole;
    private final Deque<Runnable> atEnd = new ArrayDeque<>();
    private Optional<ReplyReceivers> receivers = Optional.empty();
    private Optional<JsonNode> spoken = Optional.empty();
    private boolean continued;

    /**
     * Rounds of one request.
     *
     * @param isOurs whether a tool of this name is the bundle's
     * @param most how many rounds the request may have
     * @param events whether receivers get events of tool calls
     */
    public ToolRounds(Predicate<String> isOurs, int most, boolean events, MessageJson json) {
        this.json = json;
        this.most = most;
        this.events = events;
        this.merger = new RoundMerger(isOurs, json);
        this.whole = new ReplyAssembler(json);
    }

    /** How many rounds the request may have. */
    public int most() {
        return most;
    }

    /** Whether receivers get events of tool calls. */
    public boolean tellsEvents() {
        return events;
    }

    /** Another round begins. */
    public void begin() {
        merger.begin();
        spoken = Optional.empty();
        continued = false;
    }

    /** Notes a reply as the API sent it, before anything changes it: with the results of its calls it goes back to the API. */
    public ReplyStream noting(ReplyStream reply) {
        ReplyAssembler original = new ReplyAssembler(json);
        return new ReplyStream() {
            @Override
            public boolean hasNext() {
                return reply.hasNext();
            }

            @Override
            public StreamEvent next() {
                StreamEvent event = reply.next();
                original.accept(event);
                if (event.isEnd()) {
                    spoken = Optional.of(original.reply().message().path("content"));
                }
                return event;
            }

            @Override
            public Optional<Frame> whole() {
                return reply.whole();
            }

            @Override
            public void close() {
                reply.close();
            }
        };
    }

    /** The content of the round's message as the API sent it; empty before its end. */
    public Optional<JsonNode> spoken() {
        return spoken;
    }

    /** What an event of this round is in the reply of all rounds. */
    public List<StreamEvent> merged(StreamEvent event) {
        List<StreamEvent> merged = merger.next(event);
        merged.forEach(whole::accept);
        continued = merger.isContinued() && event.isEnd();
        return merged;
    }

    /** Whether the round has ended with calls of the bundle's tools alone, so that another round can follow. */
    public boolean isContinued() {
        return continued;
    }

    /** Whether the reply of all rounds has not come to its end. */
    public boolean isOpen() {
        return !whole.isComplete();
    }

    /** The reply of all rounds. Its text is that of the last round, and its message has the blocks of all. */
    public Reply reply(Reply last) {
        Reply all = whole.reply();
        return all.withText(last.text());
    }

    /** The text of all rounds so far. */
    public String text() {
        return whole.text();
    }

    /** The receivers of the reply, which the first round makes. */
    public ReplyReceivers receivers(Supplier<ReplyReceivers> made) {
        if (receivers.isEmpty()) {
            receivers = Optional.of(made.get());
        }
        return receivers.get();
    }

    /** The receivers of the reply; empty if no reply has begun. */
    public Optional<ReplyReceivers> receivers() {
        return receivers;
    }

    /** Runs an action when the request has ended: a stage gives back what it holds over all rounds. */
    public void onEnd(Runnable action) {
        atEnd.push(action);
    }

    /** The request has ended. */
    public void end() {
        while (!atEnd.isEmpty()) {
            atEnd.pop().run();
        }
    }
}
