package io.clauderoutes.batch;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.message.BatchJson;
import io.clauderoutes.message.BatchResult;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.Attempt;
import io.clauderoutes.request.PassThroughApi;
import io.clauderoutes.settings.BatchSettings;
import io.clauderoutes.stream.JsonLines;
import io.clauderoutes.stream.OpenReply.Framing;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the results of batches line by line and hands each on, several at a time. An item is done with when its sinks have the
 * answer; what is left then is read again.
 */
final class BatchResults {

    private static final Logger LOG = LoggerFactory.getLogger(BatchResults.class);
    /** Readings after which a result that is not among them will never be. */
    private static final int MOST_MISSES = 3;
    /** Readings after which sinks that do not take an answer have had their chances. */
    private static final int MOST_FAILURES = 10;

    private static final int GONE = 404;

    private final BatchSettings settings;
    private final int longestLine;
    private final BatchStore store;
    private final PassThroughApi api;
    private final BatchJson json;
    private final ItemBooks books;
    private final BatchDelivery handover;
    private final Executor threads;
    private final ClaudeMeters meters;
    private final Semaphore workers;
    private final Map<Long, Integer> misses = new ConcurrentHashMap<>();
    private final Map<Long, Integer> failures = new ConcurrentHashMap<>();

    BatchResults(
            BatchSettings settings,
            BatchStore store,
            BatchEndpoints endpoints,
            ItemBooks books,
            BatchDelivery handover,
            Executor threads,
            ClaudeMeters meters) {
        this.settings = settings;
        this.longestLine = endpoints.longestLine();
        this.store = store;
        this.api = endpoints.api();
        this.json = endpoints.json();
        this.books = books;
        this.handover = handover;
        this.threads = threads;
        this.meters = meters;
        this.workers = new Semaphore(settings.workers());
    }

    /** Hands on what there is of a batch that has ended. */
    Step read(Batch batch) {
        Pass pass = new Pass(batch);
        boolean whole = false;
        try {
            if (api.isForPrompts(batch.endpoint())) {
                answers(batch, pass);
            } else {
                api.call(batch.endpoint(), PassThroughApi.Call.get(BatchSubmission.results(batch)), body -> {
                    new JsonLines(body, longestLine).read(pass);
                    return batch;
                });
            }
            whole = true;
        } catch (ClaudeException broken) {
            if (!handover.isStopping()) {
                LOG.warn("batch {}: its results broke off and are read again: {}", batch.id(), broken.getMessage());
            }
            whole = broken.status() == GONE;
        } finally {
            pass.end();
        }
        return left(batch, pass, whole);
    }

    private void answers(Batch batch, Pass pass) {
        for (Item item : store.items(batch.id())) {
            Optional<String> text = store.answer(item.number());
            BatchResult.Outcome outcome = text.<BatchResult.Outcome>map(
                            said -> new BatchResult.Succeeded(new Frame(json.promptAnswer(said))))
                    .orElseGet(() -> new BatchResult.Failed(
                            "errored",
                            ApiError.ours(502, "api_error", "the endpoint's answer holds no text for this prompt")));
            try {
                pass.take(item, outcome);
            } catch (InterruptedIOException stopping) {
                return;
            }
        }
    }

    private Step left(Batch batch, Pass pass, boolean whole) {
        List<Item> left = store.items(batch.id());
        if (left.isEmpty()) {
            misses.remove(batch.id());
            failures.remove(batch.id());
            store.done(batch.id(), null);
            LOG.info("batch {} is done: {}", batch.id(), pass);
            return Step.FORWARD;
        }
        if (handover.isStopping()) {
            return Step.LATER;
        }
        List<Item> missing =
                left.stream().filter(item -> !pass.seen.contains(item.number())).toList();
        if (whole && !missing.isEmpty() && misses.merge(batch.id(), 1, Integer::sum) >= MOST_MISSES) {
            lost(batch, missing, "the results of its batch hold nothing for this prompt: it may have been paid");
        }
        if (!pass.untaken.isEmpty() && failures.merge(batch.id(), 1, Integer::sum) >= MOST_FAILURES) {
            pass.untaken.forEach((item, failure) -> store.refused(
                    List.of(item), ApiError.ours(500, "api_error", "no sink took the answer: " + failure)));
        }
        return Step.LATER;
    }

    /** Items whose results will never be known. */
    void lost(Batch batch, List<Item> items, String why) {
        ApiError error = ApiError.ours(502, "api_error", why);
        LOG.warn("batch {}: {} prompts have no result: {}", batch.id(), items.size(), why);
        items.forEach(item -> books.failed(item, batch.endpoint(), new ClaudeException.Unavailable(error)));
        store.refused(items, error);
        meters.batches().items("lost", items.size());
    }

    /** One reading of a batch's results. */
    private final class Pass implements JsonLines.Lines {
        private final Batch batch;
        private final Set<Long> seen = new HashSet<>();
        private final Map<Item, String> untaken = new ConcurrentHashMap<>();
        private final Map<String, Integer> counts = new ConcurrentHashMap<>();
        private final Phaser atWork = new Phaser(1);

        Pass(Batch batch) {
            this.batch = batch;
        }

        @Override
        public void line(byte[] line) throws IOException {
            BatchResult result;
            try {
                result = json.result(line);
            } catch (MessageJson.JunkFrame report) {
                junk(report.getMessage());
                return;
            }
            Optional<Long> number = store.number(result.customId());
            if (number.isEmpty()) {
                junk("a line's custom_id is none of ours");
            } else if (seen.contains(number.get())) {
                junk("a line stands there twice");
            } else {
                Optional<Item> item = store.item(number.get()).filter(one -> one.batch() == batch.id());
                seen.add(number.get());
                if (item.isPresent()) {
                    take(item.get(), result.outcome());
                }
            }
        }

        @Override
        public void tooLong() {
            junk("a line is longer than claude.split.max-reply-bytes");
        }

        private void junk(String report) {
            meters.batches().junkResult();
            LOG.warn("batch {}: {}; it is skipped", batch.id(), report);
        }

        void take(Item item, BatchResult.Outcome outcome) throws InterruptedIOException {
            if (handover.isStopping()) {
                throw new InterruptedIOException("the bundle is stopping");
            }
            seen.add(item.number());
            try {
                workers.acquire();
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("the bundle is stopping");
            }
            atWork.register();
            threads.execute(() -> {
                try {
                    outcome.tell(new Taking(item));
                } catch (RuntimeException failure) {
                    if (!handover.isStopping()) {
                        LOG.warn("batch {}: an item could not be settled: {}", batch.id(), failure.toString());
                    }
                    untaken.put(item, failure.getClass().getSimpleName());
                } finally {
                    workers.release();
                    atWork.arriveAndDeregister();
                }
            });
        }

        private void count(String what) {
            counts.merge(what, 1, Integer::sum);
            meters.batches().items(what, 1);
        }

        void end() {
            atWork.arriveAndAwaitAdvance();
        }

        @Override
        public String toString() {
            return counts.isEmpty() ? "nothing new" : counts.toString();
        }

        /** What is done with one item's result. */
        private final class Taking implements BatchResult.Outcome.Cases<Void> {
            private final Item item;

            Taking(Item item) {
                this.item = item;
            }

            @Override
            public Void succeeded(BatchResult.Succeeded outcome) {
                Attempt attempt = books.answered(item, batch);
                Framing framing = api.isForPrompts(batch.endpoint()) ? Framing.PROMPT_TEXT : Framing.MESSAGE;
                Optional<Exception> failure = handover.answer(attempt, new Answer(framing, outcome.message()), item);
                if (failure.isEmpty()) {
                    attempt.entry().ended();
                    store.delivered(item);
                    count("answered");
                    return null;
                }
                Optional<ClaudeException> ours = ClaudeException.causeOf(failure.get());
                if (handover.isStopping()) {
                    untaken.put(item, "the bundle is stopping");
                } else if (ours.isPresent()) {
                    if (ours.get().isPaid()) {
                        attempt.entry().ended();
                    } else {
                        attempt.entry().failed(ours.get(), true);
                    }
                    store.refused(List.of(item), ours.get().error());
                    count(ours.get().isPaid() ? "invalid" : "unreadable");
                } else {
                    attempt.entry().ended();
                    LOG.warn(
                            "prompt {}: its answer was not taken: {}",
                            item.prompt().id(),
                            failure.get().getMessage());
                    untaken.put(item, String.valueOf(failure.get().getMessage()));
                }
                return null;
            }

            @Override
            public Void failed(BatchResult.Failed outcome) {
                ClaudeException failure = ClaudeException.of(outcome.error());
                books.failed(item, batch.endpoint(), failure);
                boolean mayHelp = failure.kind() != ClaudeException.Kind.REJECTED
                        || !outcome.type().equals("errored");
                if (mayHelp
                        && item.tries() < settings.retry().attempts()
                        && settings.retry().again().contains(outcome.type())) {
                    store.again(item);
                    count("again");
                } else {
                    store.refused(List.of(item), outcome.error());
                    count(
                            outcome.type().equals("errored")
                                            || outcome.type().equals("expired")
                                            || outcome.type().equals("canceled")
                                    ? outcome.type()
                                    : "other");
                }
                return null;
            }
        }
    }
}
