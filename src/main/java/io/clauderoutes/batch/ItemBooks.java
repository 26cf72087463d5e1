package io.clauderoutes.batch;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.request.Attempt;
import io.clauderoutes.request.BatchRecorder;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.Request;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Records the items of batches: each is a request with an entry of its own. */
final class ItemBooks {

    private static final int BYTES_PER_TOKEN = 4;

    private final BatchRecorder books;
    private final String token;
    private final Clock clock;
    private final LongSupplier ticker;

    /** @param token unlike that of any other file with batches */
    ItemBooks(BatchRecorder books, String token, Clock clock, LongSupplier ticker) {
        this.books = books;
        this.token = token;
        this.clock = clock;
        this.ticker = ticker;
    }

    /** Writes down that items are about to be sent, and gives back why some must not be. */
    Map<Long, ClaudeException> open(Collection<Item> items, String endpoint) {
        return books.open(told(items, endpoint));
    }

    /** Takes what items that are away can cost from their tenants' budgets. */
    void hold(Collection<Item> items) {
        books.hold(told(items, ""));
    }

    private List<BatchRecorder.Item> told(Collection<Item> items, String endpoint) {
        return items.stream().map(item -> told(item, request(item), endpoint)).toList();
    }

    private BatchRecorder.Item told(Item item, Request request, String endpoint) {
        return new BatchRecorder.Item(
                token,
                item.number(),
                item.begunMillis(),
                item.tries(),
                Math.max(1, item.bytes() / BYTES_PER_TOKEN),
                request,
                endpoint);
    }

    /** An item is not answered. */
    void failed(Item item, String endpoint, ClaudeException failure) {
        entry(item, request(item), endpoint).failed(failure, true);
    }

    private CallRecorder.Entry entry(Item item, Request request, String endpoint) {
        return books.entry(told(item, request, endpoint));
    }

    /** The request of an item; it began when its prompt was stored. */
    private Request request(Item item) {
        long ageMillis = Math.max(0, clock.millis() - item.storedMillis());
        return new Request(item.prompt(), ticker.getAsLong() - TimeUnit.MILLISECONDS.toNanos(ageMillis), item.source());
    }

    /** The last attempt of an item, when its result is there. */
    Attempt answered(Item item, Batch batch) {
        Request request = request(item);
        CallRecorder.Entry entry = entry(item, request, batch.endpoint());
        Attempt attempt = new Attempt(request, batch.endpoint(), ticker.getAsLong(), entry, new Attempt.Race());
        for (int tries = 0; tries < item.tries(); tries++) {
            request.progress().begins(attempt);
        }
        attempt.responded(batch.apiId().orElse(""), Map.of());
        return attempt;
    }
}
