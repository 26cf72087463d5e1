package io.clauderoutes.gateway.batches;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.message.BatchJson;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.request.BatchRecorder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;

/** Reads the body that creates a batch. Each request of it passes what a single request of the same client passes. */
public final class BatchRequests {

    private static final int BAD_REQUEST = 400;

    private volatile Map<String, String> models;
    private final BiConsumer<Prompt, Optional<String>> limits;
    private final BiFunction<Optional<String>, byte[], byte[]> redaction;
    private final BatchRecorder books;
    private final MessageJson json;
    private final BatchJson batches;

    /**
     * Reads batches.
     *
     * @param models clients' own names of models
     * @param limits refuses a prompt that is beyond the limits of its tenant, or of this name
     * @param redaction redacts a request by the policy of this name
     */
    public BatchRequests(
            Map<String, String> models,
            BiConsumer<Prompt, Optional<String>> limits,
            BiFunction<Optional<String>, byte[], byte[]> redaction,
            BatchRecorder books,
            MessageJson json) {
        this.models = Map.copyOf(models);
        this.limits = limits;
        this.redaction = redaction;
        this.books = books;
        this.json = json;
        this.batches = new BatchJson(json);
    }

    /** Uses other names of models for the batches that come from now on. */
    public void use(Map<String, String> others) {
        models = Map.copyOf(others);
    }

    /**
     * The items of a batch.
     *
     * @throws ClaudeException that names the request which is refused
     */
    List<NewItem> read(BatchClient client, byte[] body) {
        List<NewItem> items = new ArrayList<>();
        for (BatchJson.Request request : batches.requests(body)) {
            try {
                items.add(item(client, request));
            } catch (ClaudeException refused) {
                throw at("requests." + items.size() + ".params: ", refused);
            }
        }
        return items;
    }

    private NewItem item(BatchClient client, BatchJson.Request request) {
        MessagesRequest asked = json.requestAsItIs(request.params().bytes());
        String model = models.get(asked.model());
        if (model != null) {
            asked = json.withModel(asked, model);
        }
        Prompt prompt = prompt(client, asked);
        limits.accept(prompt, client.limits());
        batches.unfit(asked).ifPresent(why -> {
            throw new ClaudeException.Rejected(
                    ApiError.ours(BAD_REQUEST, "invalid_request_error", "a request of a batch cannot have " + why));
        });
        byte[] sent = redaction.apply(client.redactPolicy(), asked.json().bytes());
        MessagesRequest safe = new MessagesRequest(new Frame(sent), asked.model(), asked.maxTokens(), asked.stream());
        long inputTokens = books.check(prompt.withRequest(safe));
        return new NewItem(request.customId(), safe.json(), safe.model(), safe.maxTokens(), inputTokens);
    }

    private static Prompt prompt(BatchClient client, MessagesRequest request) {
        return new Prompt(
                "batch",
                request,
                new Prompt.Options(
                        client.tenant(),
                        Optional.empty(),
                        Prompt.Strategy.WHOLE,
                        Prompt.CacheUse.BYPASS,
                        List.of(),
                        ""),
                client.headers());
    }

    private static ClaudeException at(String place, ClaudeException refused) {
        ApiError error = refused.error();
        return ClaudeException.of(ApiError.ours(error.status(), error.type(), place + error.message()));
    }
}
