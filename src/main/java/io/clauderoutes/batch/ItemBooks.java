package io.clauderoutes.batch;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.request.BatchRecorder;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.Flight;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Items as the books and the stages know them: each a request on its way, with an entry of its own. */
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
        return items.stream().map(item -> told(item, flight(item), endpoint)).toList();
    }

    private BatchRecorder.Item told(Item item, Flight flight, String endpoint) {
        return new BatchRecorder.Item(
                token,
                item.number(),
                item.begunMillis(),
                item.tries(),
                Math.max(1, item.bytes() / BYTES_PER_TOKEN),
                flight,
                endpoint);
    }

    /** An item is not answered. */
    void failed(Item item, String endpoint, ClaudeException failure) {
        entry(item, flight(item), endpoint).failed(failure, true);
    }

    private CallRecorder.Entry entry(Item item, Flight flight, String endpoint) {
        return books.entry(told(item, flight, endpoint));
    }

    /** The request that an item is, since its prompt was kept. */
    private Flight flight(Item item) {
        long ageMillis = Math.max(0, clock.millis() - item.storedMillis());
        Flight flight = new Flight(item.prompt(), ticker.getAsLong() - TimeUnit.MILLISECONDS.toNanos(ageMillis));
        flight.cameBy(item.source());
        return flight;
    }

    /** The same when its answer is there. */
    Flight answered(Item item, Batch batch) {
        Flight flight = flight(item);
        for (int tries = 0; tries < item.tries(); tries++) {
            flight.attempt(batch.endpoint(), ticker.getAsLong());
        }
        flight.requestId(batch.apiId().orElse(""));
        flight.enteredAs(entry(item, flight, batch.endpoint()));
        return flight;
    }
}
