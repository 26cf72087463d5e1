package io.clauderoutes.batch;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.message.ApiBatch;
import io.clauderoutes.message.BatchJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.PassThroughApi;
import io.clauderoutes.settings.BatchSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a batch to the API, once. That it is about to be sent is on the disk before; if nobody knows whether it arrived, it is
 * looked for among the API's batches, by the custom_ids of its results, before it is sent again.
 */
final class BatchSubmission {

    private static final Logger LOG = LoggerFactory.getLogger(BatchSubmission.class);
    private static final String PATH = "/v1/messages/batches";
    private static final int LONGEST_ANSWER = 64 * 1024 * 1024;
    private static final Set<Integer> HOPELESS = Set.of(400, 404, 405, 413, 422);
    private static final int TOO_LARGE = 413;

    private final BatchSettings settings;
    private final BatchStore store;
    private final PassThroughApi api;
    private final BatchJson json;
    private final PromptDialect dialect;
    private final ItemBooks books;
    private final ClaudeMeters meters;
    private final Clock clock;
    private final BatchSearch search;

    BatchSubmission(
            BatchSettings settings,
            BatchStore store,
            BatchEndpoints endpoints,
            PromptDialect dialect,
            ItemBooks books,
            ClaudeMeters meters,
            Clock clock) {
        this.settings = settings;
        this.store = store;
        this.api = endpoints.api();
        this.json = endpoints.json();
        this.dialect = dialect;
        this.books = books;
        this.meters = meters;
        this.clock = clock;
        this.search =
                new BatchSearch(api, json, endpoints.longestLine(), store::isKnown, customId -> store.number(customId)
                        .flatMap(store::batchOf));
    }

    /** Sends a batch that is not at the API. */
    Step send(Batch batch) {
        Optional<String> chosen = api.open().stream().findFirst();
        if (chosen.isEmpty()) {
            return Step.LATER;
        }
        String endpoint = chosen.get();
        List<Item> items = sendable(batch, endpoint);
        if (items.isEmpty()) {
            store.done(batch.id(), "nothing of it could be sent");
            return Step.FORWARD;
        }
        store.sending(batch.id(), endpoint);
        try {
            if (api.isForPrompts(endpoint)) {
                ask(batch, endpoint, items);
                return Step.FORWARD;
            }
            ApiBatch created = api.call(
                    endpoint,
                    PassThroughApi.Call.post(PATH, out -> json.creation(out, each -> requests(batch, each))),
                    body -> json.batch(body.readNBytes(LONGEST_ANSWER)));
            arrived(batch, endpoint, created.id(), items.size());
            return Step.WAIT;
        } catch (ClaudeException failure) {
            return failed(batch, endpoint, items, failure);
        }
    }

    private void requests(Batch batch, BatchJson.Each each) throws IOException {
        store.bodies(batch.id(), (item, request) -> each.item(store.customId(item), request));
    }

    private void arrived(Batch batch, String endpoint, String apiId, int items) {
        store.sent(batch.id(), apiId);
        meters.batches().sent(items);
        LOG.info("batch {} sent to endpoint {} as {}: {} prompts", batch.id(), endpoint, apiId, items);
    }

    /** The items of a batch that neither the ledger nor the endpoint refuses. */
    private List<Item> sendable(Batch batch, String endpoint) {
        List<Item> items = store.items(batch.id());
        Map<Long, ClaudeException> refusals = new HashMap<>();
        if (api.isForPrompts(endpoint)) {
            refusals.putAll(unsayable(batch));
        }
        List<Item> sayable = items.stream()
                .filter(item -> !refusals.containsKey(item.number()))
                .toList();
        refusals.putAll(books.open(sayable, endpoint));
        List<Item> left = new ArrayList<>();
        for (Item item : items) {
            ClaudeException refusal = refusals.get(item.number());
            if (refusal == null) {
                left.add(item);
            } else {
                store.refused(List.of(item), refusal.error());
            }
        }
        return left;
    }

    private Map<Long, ClaudeException> unsayable(Batch batch) {
        Map<Long, ClaudeException> refusals = new HashMap<>();
        try {
            store.bodies(batch.id(), (item, request) -> {
                try {
                    prompt(request);
                } catch (ClaudeException refusal) {
                    refusals.put(item, refusal);
                }
            });
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return refusals;
    }

    private byte[] prompt(byte[] request) {
        return dialect.body(new MessagesRequest(new Frame(request), "any", 0, false));
    }

    /** A company gateway answers at once; what it says is kept before anything else is done with it. */
    private void ask(Batch batch, String endpoint, List<Item> items) {
        List<Optional<String>> answers = api.call(
                endpoint,
                PassThroughApi.Call.post("/v1/batch", out -> prompts(batch, out)),
                body -> json.answers(body.readNBytes(LONGEST_ANSWER)));
        if (answers.size() != items.size()) {
            throw new ClaudeException.Unavailable(ApiError.ours(
                    502,
                    "api_error",
                    "endpoint " + endpoint + " gave " + answers.size() + " answers to " + items.size() + " prompts"));
        }
        meters.batches().sent(items.size());
        Map<Long, String> told = new HashMap<>();
        for (int i = 0; i < items.size(); i++) {
            long number = items.get(i).number();
            answers.get(i).ifPresent(text -> told.put(number, text));
        }
        store.answered(batch.id(), told);
        LOG.info("batch {} answered by endpoint {}: {} of {} prompts", batch.id(), endpoint, told.size(), items.size());
    }

    private void prompts(Batch batch, OutputStream out) throws IOException {
        json.prompts(
                out,
                each -> store.bodies(batch.id(), (item, request) -> each.item(store.customId(item), prompt(request))));
    }

    private Step failed(Batch batch, String endpoint, List<Item> items, ClaudeException failure) {
        if (api.isForPrompts(endpoint)
                ? failure.error().response().body().isEmpty() && api.mayHaveBeenMade(failure)
                : api.mayHaveBeenMade(failure)) {
            LOG.warn(
                    "batch {}: it is not known whether endpoint {} has it: {}",
                    batch.id(),
                    endpoint,
                    failure.getMessage());
            return Step.LATER;
        }
        if (!HOPELESS.contains(failure.status())) {
            store.notSent(batch.id());
            LOG.warn("batch {} could not be sent to endpoint {}: {}", batch.id(), endpoint, failure.getMessage());
            return Step.after(failure.retryAfter());
        }
        items.forEach(item -> books.failed(item, endpoint, failure));
        if (failure.status() == TOO_LARGE && items.size() > 1) {
            LOG.warn(
                    "batch {} of {} prompts is too large for endpoint {} and is halved",
                    batch.id(),
                    items.size(),
                    endpoint);
            store.halve(batch.id(), "too large");
        } else {
            LOG.warn("batch {} of {} prompts was refused: {}", batch.id(), items.size(), failure.getMessage());
            store.refused(items, failure.error());
            store.done(batch.id(), "refused: " + failure.type());
        }
        return Step.FORWARD;
    }

    /** Looks for a batch whose arrival is unknown. */
    Step seek(Batch batch) {
        if (api.isForPrompts(batch.endpoint())) {
            ClaudeException lost = new ClaudeException.Unavailable(ApiError.ours(
                    502,
                    "api_error",
                    "endpoint " + batch.endpoint()
                            + " got the prompt with others and did not answer: it may have been paid"));
            List<Item> items = store.items(batch.id());
            items.forEach(item -> books.failed(item, batch.endpoint(), lost));
            store.refused(items, lost.error());
            store.done(batch.id(), "not answered");
            LOG.warn(
                    "batch {} of {} prompts was not answered by endpoint {}, and is not sent twice",
                    batch.id(),
                    items.size(),
                    batch.endpoint());
            return Step.FORWARD;
        }
        long lookedMillis = clock.millis();
        BatchSearch.Found found = search.find(
                batch.endpoint(),
                batch.id(),
                store.items(batch.id()).size(),
                Instant.ofEpochMilli(batch.formedMillis()));
        if (found.apiId().isPresent()) {
            LOG.info("batch {} had arrived", batch.id());
            arrived(batch, batch.endpoint(), found.apiId().get(), batch.items());
            return Step.FORWARD;
        }
        if (found.mayAppear()
                || lookedMillis - batch.sentMillis()
                        < settings.polling().uncertainWait().toMillis()) {
            return Step.LATER;
        }
        LOG.info("batch {} is not at endpoint {}, so it is sent again", batch.id(), batch.endpoint());
        store.notSent(batch.id());
        return Step.FORWARD;
    }

    /** Looks how a batch fares that is at the API. */
    ApiBatch look(Batch batch) {
        return api.call(
                batch.endpoint(),
                PassThroughApi.Call.get(PATH + "/" + batch.apiId().orElseThrow()),
                body -> json.batch(body.readNBytes(LONGEST_ANSWER)));
    }

    static String results(Batch batch) {
        return PATH + "/" + batch.apiId().orElseThrow() + "/results";
    }
}
