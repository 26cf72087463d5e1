package io.clauderoutes.component;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Reply;
import io.clauderoutes.request.Request;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.support.ExchangeHelper;
import org.apache.camel.support.SynchronizationAdapter;

/** Calls whose reply a route reads while it arrives. The stages run on a thread of their own, at the pace of the route. */
public final class StreamedCalls {

    private final Executor executor;

    /** @param executor runs each call to its end */
    public StreamedCalls(Executor executor) {
        this.executor = executor;
    }

    /**
     * Begins a call, and waits for the first chunk.
     *
     * @param message what the stages get
     * @param atEnd gets the reply and the message that the stages have left, on the thread of the reader
     * @return the chunks
     * @throws Exception if the call fails before the first chunk
     */
    ReplyChunks begin(Exchange exchange, Message message, Processor stages, BiConsumer<Reply, Message> atEnd)
            throws Exception {
        Exchange call = ExchangeHelper.createCorrelatedCopy(exchange, false);
        call.setMessage(message);
        ReplyChunks chunks = new ReplyChunks(
                () -> Optional.ofNullable(Request.of(call))
                        .flatMap(request -> request.progress().reply())
                        .ifPresent(reply -> atEnd.accept(reply, call.getMessage())),
                () -> exchange.getException() != null);
        call.setProperty(ClaudeHeaders.READER, chunks.receiver());
        executor.execute(() -> run(call, stages, chunks));
        Optional<Exception> failure = chunks.begin();
        if (failure.isPresent()) {
            throw failure.get();
        }
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                chunks.expire();
            }
        });
        return chunks;
    }

    private static void run(Exchange call, Processor stages, ReplyChunks chunks) {
        Exception failure = null;
        try {
            stages.process(call);
            failure = call.getException();
        } catch (Exception thrown) {
            failure = thrown;
        } finally {
            Request request = Request.of(call);
            chunks.end(request == null ? Optional.empty() : request.progress().reply(), failure);
        }
    }
}
