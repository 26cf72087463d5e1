package io.clauderoutes.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The three endpoints of company gateways, which take a bare prompt and give bare text. */
final class PromptApi {

    /** The bill's name for whatever model such a gateway uses. */
    private static final String MODEL = "gateway";

    private final SimulatorSettings settings;
    private final CallerCheck credentials;
    private final RateLimits limits;
    private final Answering answering;
    private final ReplyText texts;

    PromptApi(SimulatorSettings settings, CallerCheck credentials, RateLimits limits, Answering answering) {
        this.settings = settings;
        this.credentials = credentials;
        this.limits = limits;
        this.answering = answering;
        this.texts = new ReplyText(settings);
    }

    void stream(Call call) {
        answering.answer(call, fault -> order(call, true));
    }

    void completions(Call call) {
        answering.answer(call, fault -> order(call, false));
    }

    /** All prompts at once, answered together in their order. */
    void batch(Call call) {
        answering.group(call, () -> {
            credentials.requireIfNamed(call);
            JsonNode prompts = RequestCheck.parse(call.body()).path("prompts");
            if (!prompts.isArray() || prompts.isEmpty()) {
                throw new RefusedCall(ErrorReply.invalid("prompts: Field required"));
            }
            List<FinishedReply> replies = new ArrayList<>();
            for (JsonNode prompt : prompts) {
                if (!prompt.isTextual() || prompt.textValue().isEmpty()) {
                    throw new RefusedCall(ErrorReply.invalid("prompts: Input should be valid strings"));
                }
                replies.add(reply(prompt.textValue(), call.id() + "_" + replies.size()));
            }
            return new Answering.Group(replies, Buffer.buffer(Json.write(json -> {
                json.writeStartObject();
                json.writeArrayFieldStart("results");
                for (FinishedReply reply : replies) {
                    json.writeRawValue(new String(body(reply.blocks().get(0).text()), StandardCharsets.UTF_8));
                }
                json.writeEndArray();
                json.writeEndObject();
            })));
        });
    }

    private FinishedReply reply(String asked, String id) {
        PromptCache.Input input = new PromptCache.Input(TokenCount.of(asked), 0, 0, 0);
        String text = texts.of(asked, asked.hashCode());
        return new FinishedReply(
                "msg_" + id,
                MODEL,
                List.of(new FinishedReply.Block(FinishedReply.Kind.TEXT, text)),
                "end_turn",
                "",
                "",
                input);
    }

    private Answering.Order order(Call call, boolean streamed) throws RefusedCall {
        credentials.requireIfNamed(call);
        JsonNode prompt = RequestCheck.parse(call.body()).path("prompt");
        if (!prompt.isTextual() || prompt.textValue().isEmpty()) {
            throw new RefusedCall(ErrorReply.invalid("prompt: Field required"));
        }
        String asked = prompt.textValue();
        FinishedReply reply = reply(asked, call.id());
        limits.admit(reply.input().limited());
        String text = reply.blocks().get(0).text();
        return new Answering.Order(
                reply, streamed, made -> new PromptScript(text, settings.speed().deltaChars()), made -> body(text));
    }

    private static byte[] body(String text) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("text", text);
            json.writeEndObject();
        });
    }
}
