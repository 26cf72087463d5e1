package io.clauderoutes.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The endpoints below {@code /v1} that the API itself has. */
final class MessagesApi {

    private static final int USUAL_PAGE = 20;
    private static final int LARGEST_PAGE = 1_000;

    private final SimulatorSettings settings;
    private final CallerCheck credentials;
    private final RateLimits limits;
    private final Answering answering;
    private final PromptCache cache;
    private final Author author;

    MessagesApi(
            SimulatorSettings settings, Clock clock, CallerCheck credentials, RateLimits limits, Answering answering) {
        this.settings = settings;
        this.credentials = credentials;
        this.limits = limits;
        this.answering = answering;
        this.cache = new PromptCache(clock);
        this.author = new Author(settings);
    }

    void messages(Call call) {
        answering.answer(call, fault -> order(call, fault));
    }

    void countTokens(Call call) throws RefusedCall {
        int tokens = PromptSize.of(check(call, true).read(call.body())).tokens();
        call.json(200, Json.write(json -> {
            json.writeStartObject();
            json.writeNumberField("input_tokens", tokens);
            json.writeEndObject();
        }));
    }

    void models(Call call) throws RefusedCall {
        version(call);
        int limit = limit(call);
        List<Models.Model> all = Models.ALL;
        Optional<String> after = call.parameter("after_id");
        Optional<String> before = call.parameter("before_id");
        int to = before.isPresent()
                ? place(before.get())
                : Math.min(all.size(), after.map(id -> place(id) + 1).orElse(0) + limit);
        int from = before.isPresent()
                ? Math.max(0, to - limit)
                : after.map(id -> place(id) + 1).orElse(0);
        boolean more = before.isPresent() ? from > 0 : to < all.size();
        List<Models.Model> page = from < to ? all.subList(from, to) : List.of();
        call.json(200, Json.write(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("data");
            for (Models.Model model : page) {
                model.writeTo(json);
            }
            json.writeEndArray();
            json.writeBooleanField("has_more", more);
            if (page.isEmpty()) {
                json.writeNullField("first_id");
                json.writeNullField("last_id");
            } else {
                json.writeStringField("first_id", page.get(0).id());
                json.writeStringField("last_id", page.get(page.size() - 1).id());
            }
            json.writeEndObject();
        }));
    }

    void model(Call call, String id) throws RefusedCall {
        version(call);
        Models.Model model = Models.find(id).orElseThrow(() -> new RefusedCall(new ErrorReply(404, "model: " + id)));
        call.json(200, Json.write(model::writeTo));
    }

    /** The answer to a checked request that is not limited, for it is part of a batch. */
    FinishedReply reply(JsonNode root, String id) {
        Ask ask = Ask.of(root);
        PromptCache.Offer offer = cache.offer(ask.model(), PromptSize.of(root));
        cache.take(offer);
        return author.reply(ask, offer.input(), id);
    }

    private Answering.Order order(Call call, Fault fault) throws RefusedCall {
        JsonNode root = check(call, false).read(call.body());
        Ask ask = Ask.of(root);
        PromptCache.Offer offer = cache.offer(ask.model(), PromptSize.of(root));
        limits.admit(offer.input().limited());
        cache.take(offer);
        FinishedReply reply = fault instanceof Fault.Refusal refusal
                ? author.refused(ask, offer.input(), call.id(), refusal)
                : author.reply(ask, offer.input(), call.id());
        return new Answering.Order(
                reply,
                ask.stream(),
                made -> new EventScript(made, settings.speed().deltaChars()),
                ReplyJson::whole);
    }

    RequestCheck check(Call call, boolean counting) throws RefusedCall {
        String version = version(call);
        String contentType = call.header("content-type").orElse("none");
        if (!contentType.regionMatches(true, 0, "application/json", 0, "application/json".length())) {
            throw invalid("content-type: must be application/json, but is " + contentType);
        }
        String encoding = call.header("content-encoding").orElse("identity");
        if (!encoding.equalsIgnoreCase("identity")) {
            throw new RefusedCall(new ErrorReply(
                    400,
                    "invalid_request_error",
                    "content-encoding: " + encoding + " is not supported",
                    "request_body_encoding_unsupported",
                    Map.of()));
        }
        return new RequestCheck(version, call.header("anthropic-beta").isPresent(), counting);
    }

    String version(Call call) throws RefusedCall {
        credentials.require(call);
        String version =
                call.header("anthropic-version").orElseThrow(() -> invalid("anthropic-version: header is required"));
        if (!RequestCheck.VERSIONS.contains(version)) {
            throw invalid("anthropic-version: \"" + version + "\" is not a valid version");
        }
        return version;
    }

    static int limit(Call call) throws RefusedCall {
        String limit = call.parameter("limit").orElse(Integer.toString(USUAL_PAGE));
        if (!limit.matches("[0-9]{1,5}") || Integer.parseInt(limit) < 1 || Integer.parseInt(limit) > LARGEST_PAGE) {
            throw invalid("limit: Input should be from 1 to 1000");
        }
        return Integer.parseInt(limit);
    }

    private static int place(String id) {
        return Models.find(id).map(Models.ALL::indexOf).orElse(Models.ALL.size());
    }

    private static RefusedCall invalid(String message) {
        return new RefusedCall(ErrorReply.invalid(message));
    }
}
