package io.clauderoutes.gateway.batches;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.request.BatchRecorder;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.Request;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** The items of clients' batches in the ledger: each a request of its own. */
final class ItemEntries {

    /** What the ledger calls the source of these requests. */
    private static final String SOURCE = "claude-http-batches";

    private final BatchRecorder books;
    private final ClientBatchStore store;
    private final LongSupplier ticker;

    ItemEntries(BatchRecorder books, ClientBatchStore store, LongSupplier ticker) {
        this.books = books;
        this.store = store;
        this.ticker = ticker;
    }

    /** The name of an item at the endpoint: unlike that of any other item of any other process. */
    String apiName(long item) {
        return store.token() + "-" + item;
    }

    /** The number of the item that has this name at the endpoint; empty if it is none of this file. */
    Optional<Long> number(String apiName) {
        String prefix = store.token() + "-";
        String number = apiName.startsWith(prefix) ? apiName.substring(prefix.length()) : "";
        return number.matches("[0-9]{1,18}") ? Optional.of(Long.parseLong(number)) : Optional.empty();
    }

    /** Writes down that items are about to be sent, and gives back why some must not be. */
    Map<Long, ClaudeException> open(ClientBatch batch, Collection<BatchItem> items) {
        return books.open(of(batch, items));
    }

    /** Takes what items that were sent by a process before can cost from their tenant's budget. */
    void hold(ClientBatch batch, Collection<BatchItem> items) {
        books.hold(of(batch, items));
    }

    /** Receives the result of an item. */
    CallRecorder.Entry entry(ClientBatch batch, BatchItem item) {
        CallRecorder.Entry entry = books.entry(of(batch, item));
        entry.requestId(batch.apiId().orElse(""));
        return entry;
    }

    private List<BatchRecorder.Item> of(ClientBatch batch, Collection<BatchItem> items) {
        return items.stream().map(item -> of(batch, item)).toList();
    }

    private BatchRecorder.Item of(ClientBatch batch, BatchItem item) {
        Prompt prompt = new Prompt(
                apiName(item.number()),
                new MessagesRequest(new Frame(new byte[0]), item.model(), item.maxTokens(), false),
                new Prompt.Options(
                        batch.tenant(),
                        Optional.empty(),
                        Prompt.Strategy.WHOLE,
                        Prompt.CacheUse.BYPASS,
                        List.of(),
                        item.customId()),
                Map.of());
        return new BatchRecorder.Item(
                store.token(),
                item.number(),
                batch.begunMillis(),
                1,
                item.inputTokens(),
                new Request(prompt, ticker.getAsLong(), SOURCE),
                batch.endpoint());
    }
}
