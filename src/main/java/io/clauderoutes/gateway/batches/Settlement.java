package io.clauderoutes.gateway.batches;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.message.BatchJson;
import io.clauderoutes.message.BatchResult;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.PassThroughApi;
import io.clauderoutes.stream.JsonLines;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the results of clients' batches, some lines at a time, and settles each item in the ledger once, however often its result is
 * read.
 */
final class Settlement {

    private static final Logger LOG = LoggerFactory.getLogger(Settlement.class);
    private static final int MOST_LINES = 256;
    private static final int MOST_BYTES = 4 * 1024 * 1024;
    /** Readings after which a result that is not among them will never be. */
    private static final int MOST_MISSES = 3;

    private final ClientBatchStore store;
    private final ItemEntries entries;
    private final PassThroughApi api;
    private final MessageJson messages;
    private final BatchJson json;
    private final Executor threads;
    private final int longestLine;
    /** How often the results of a batch were read to their end and did not hold all items, by the number of the batch. */
    private final Map<Long, Integer> misses = new ConcurrentHashMap<>();

    /** @param longestLine bytes that a line of results may have */
    Settlement(
            ClientBatchStore store,
            ItemEntries entries,
            PassThroughApi api,
            MessageJson messages,
            Executor threads,
            int longestLine) {
        this.store = store;
        this.entries = entries;
        this.api = api;
        this.messages = messages;
        this.json = new BatchJson(messages);
        this.threads = threads;
        this.longestLine = longestLine;
    }

    /** Receives the lines of a batch's results, each after the ledger has it. */
    @FunctionalInterface
    interface Lines {

        /** For results that are not read. */
        Lines NONE = (line, item) -> {};

        /**
         * Receives one line.
         *
         * @param item what the line is the result of; empty if that cannot be read
         */
        void line(byte[] line, Optional<BatchItem> item) throws IOException;
    }

    /**
     * Reads all results of a batch that has ended.
     *
     * @throws ClaudeException if they cannot be read, or are not read to their end
     */
    void read(ClientBatch batch, Map<String, String> headers, Lines lines) {
        String path = ClientBatches.PATH + "/" + batch.apiId().orElseThrow() + "/results";
        api.call(batch.endpoint(), new PassThroughApi.Call("GET", path, headers, Optional.empty()), body -> {
            Reading reading = new Reading(batch, lines);
            new JsonLines(body, longestLine).read(reading);
            reading.flush();
            return batch;
        });
        List<BatchItem> left = store.unsettledItems(batch.id());
        if (left.isEmpty()) {
            misses.remove(batch.id());
            store.settledWhole(batch.id());
        } else if (misses.merge(batch.id(), 1, Integer::sum) >= MOST_MISSES) {
            lost(batch, "the results of its batch hold nothing for this request: it may have been paid");
        }
    }

    /** What has become of the rest of a batch will never be known. */
    void lost(ClientBatch batch, String why) {
        List<BatchItem> left = store.unsettledItems(batch.id());
        LOG.warn(
                "Batch {} of client {}: {} requests have no result: {}",
                batch.apiId().orElse(""),
                batch.client(),
                left.size(),
                why);
        failed(batch, left, new ClaudeException.Unavailable(ApiError.ours(502, "api_error", why)), true);
        store.settledWhole(batch.id());
        misses.remove(batch.id());
    }

    /**
     * Items have failed.
     *
     * @param sent whether the endpoint may have got them
     */
    void failed(ClientBatch batch, Collection<BatchItem> items, ClaudeException failure, boolean sent) {
        List<CompletableFuture<Void>> written = new ArrayList<>(items.size());
        for (BatchItem item : items) {
            CallRecorder.Entry entry = entries.entry(batch, item);
            written.add(CompletableFuture.runAsync(() -> entry.failed(failure, sent), threads));
        }
        written.forEach(CompletableFuture::join);
        store.settled(items.stream().map(BatchItem::number).toList());
    }

    /** One reading of a batch's results. */
    private final class Reading implements JsonLines.Lines {
        private final ClientBatch batch;
        private final Lines lines;
        private final List<Line> waiting = new ArrayList<>();
        private int waitingBytes;

        private record Line(Frame text, Optional<Long> item, Optional<BatchResult.Outcome> outcome) {}

        Reading(ClientBatch batch, Lines lines) {
            this.batch = batch;
            this.lines = lines;
        }

        @Override
        public void line(byte[] line) throws IOException {
            Optional<Long> item = Optional.empty();
            Optional<BatchResult.Outcome> outcome = Optional.empty();
            try {
                BatchResult result = json.result(line);
                item = entries.number(result.customId());
                outcome = Optional.of(result.outcome());
            } catch (MessageJson.JunkFrame junk) {
                LOG.warn(
                        "Batch {}: {}; the client gets it as it is",
                        batch.apiId().orElse(""),
                        junk.getMessage());
            }
            waiting.add(new Line(new Frame(line), item, outcome));
            waitingBytes += line.length;
            if (waiting.size() >= MOST_LINES || waitingBytes >= MOST_BYTES) {
                flush();
            }
        }

        /** A client cannot see that a line is missing, so the response ends here. */
        @Override
        public void tooLong() {
            throw new ClaudeException.Unavailable(ApiError.unreadable(
                    "too_large", "a result of the batch is longer than claude.split.max-reply-bytes"));
        }

        void flush() throws IOException {
            Map<Long, BatchItem> items = new HashMap<>();
            store.items(
                            batch.id(),
                            waiting.stream()
                                    .flatMap(line -> line.item().stream())
                                    .toList())
                    .forEach(item -> items.put(item.number(), item));
            settle(items);
            for (Line line : waiting) {
                lines.line(line.text().bytes(), line.item().map(items::get));
            }
            waiting.clear();
            waitingBytes = 0;
        }

        private void settle(Map<Long, BatchItem> items) {
            Set<Long> settled = new HashSet<>();
            List<CompletableFuture<Void>> written = new ArrayList<>();
            for (Line line : waiting) {
                Optional<BatchItem> item = line.item().map(items::get).filter(its -> !its.settled());
                if (item.isPresent() && settled.add(item.get().number())) {
                    CallRecorder.Entry entry = entries.entry(batch, item.get());
                    written.add(CompletableFuture.runAsync(
                            () -> line.outcome().orElseThrow().tell(new Settling(entry)), threads));
                }
            }
            written.forEach(CompletableFuture::join);
            if (!settled.isEmpty()) {
                store.settled(settled);
            }
        }
    }

    /** What one result means for the ledger. */
    private final class Settling implements BatchResult.Outcome.Cases<Void> {
        private final CallRecorder.Entry entry;

        Settling(CallRecorder.Entry entry) {
            this.entry = entry;
        }

        @Override
        public Void succeeded(BatchResult.Succeeded outcome) {
            try {
                messages.events(outcome.message().bytes()).forEach(entry::saw);
                entry.ended();
            } catch (ClaudeException unreadable) {
                entry.failed(unreadable, true);
            }
            return null;
        }

        @Override
        public Void failed(BatchResult.Failed outcome) {
            entry.failed(ClaudeException.of(outcome.error()), true);
            return null;
        }
    }
}
