package io.clauderoutes.component;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PlainRequest;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.source.PromptReader;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/** Asks the API how many input tokens a prompt has. The call is free. */
public final class InputTokenCount {

    private static final String PATH = "/v1/messages/count_tokens";
    private static final int FIRST_ERROR = 400;

    private final PromptReader prompts;
    private final Function<PlainRequest, PlainResponse> api;
    private final MessageJson json;

    /** @param api makes a call that no stage sees */
    public InputTokenCount(PromptReader prompts, Function<PlainRequest, PlainResponse> api, MessageJson json) {
        this.prompts = prompts;
        this.api = api;
        this.json = json;
    }

    /**
     * The number of input tokens.
     *
     * @throws ClaudeException if the message is no prompt, or the API does not count it
     */
    long of(Exchange exchange, Message message) {
        Prompt prompt = prompts.prompt(message);
        Map<String, String> headers = new HashMap<>(prompt.wireHeaders());
        headers.put("content-type", "application/json");
        PlainResponse response = api.apply(new PlainRequest(
                "POST",
                PATH,
                headers,
                new Frame(json.countable(prompt.request().json().bytes())),
                Optional.empty(),
                Optional.ofNullable(exchange.getProperty(ClaudeHeaders.REDACT_POLICY, String.class))));
        if (response.status() >= FIRST_ERROR) {
            throw ClaudeException.of(json.error(
                    response.status(), response.headers(), response.body().bytes(), Optional.empty()));
        }
        return json.object(response.body().bytes(), "the response to " + PATH)
                .path("input_tokens")
                .asLong();
    }
}
