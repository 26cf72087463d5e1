package io.clauderoutes.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** The two endpoints of company gateways, which take a bare prompt and give bare text. */
final class PromptApi {

    /** The bill's name for whatever model such a gateway uses. */
    private static final String MODEL = "gateway";

    private final SimulatorSettings settings;
    private final Credentials credentials;
    private final RateLimits limits;
    private final Answering answering;

    PromptApi(SimulatorSettings settings, Credentials credentials, RateLimits limits, Answering answering) {
        this.settings = settings;
        this.credentials = credentials;
        this.limits = limits;
        this.answering = answering;
    }

    void stream(Call call) {
        answering.answer(call, fault -> order(call, true));
    }

    void completions(Call call) {
        answering.answer(call, fault -> order(call, false));
    }

    private Answering.Order order(Call call, boolean streamed) throws RefusedCall {
        credentials.requireIfNamed(call);
        JsonNode prompt = RequestCheck.parse(call.body()).path("prompt");
        if (!prompt.isTextual() || prompt.textValue().isEmpty()) {
            throw new RefusedCall(ApiError.invalid("prompt: Field required"));
        }
        String asked = prompt.textValue();
        PromptCache.Input input = new PromptCache.Input(Tokens.of(asked), 0, 0, 0);
        limits.admit(input.limited());
        String text = Prose.answer(asked, asked.hashCode());
        Reply reply = new Reply(
                "msg_" + call.id(), MODEL, List.of(new Reply.Block(Reply.Kind.TEXT, text)), "end_turn", "", "", input);
        return new Answering.Order(
                reply, streamed, made -> new PromptStream(text, settings.deltaChars()), made -> body(text));
    }

    private static byte[] body(String text) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("text", text);
            json.writeEndObject();
        });
    }
}
