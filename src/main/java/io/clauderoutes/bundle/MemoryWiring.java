package io.clauderoutes.bundle;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.agent.memory.ConversationMemory;
import io.clauderoutes.agent.memory.Memories;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.Prompt.CacheUse;
import io.clauderoutes.message.Prompt.Strategy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;

/** Conversation memory: the steps of the source stage, and the summaries, which are requests of their own. */
final class MemoryWiring {

    private static final long EXPIRY_MILLIS = TimeUnit.HOURS.toMillis(1);

    private final ConversationMemory memory;
    private final RequestWiring requests;
    private final ProducerTemplate template;

    MemoryWiring(Wiring wiring, RequestWiring requests, ProducerTemplate template) {
        this.requests = requests;
        this.template = template;
        this.memory = wiring.closing(Memories.of(wiring.settings(), requests.json(), this::summary, wiring.runtime()));
        wiring.step("claudeMemoryRecall", memory::recall);
        wiring.step("claudeMemoryKeep", memory::keep);
        wiring.step("claudeMemoryRelease", memory::release);
        wiring.everyWhileStarted(EXPIRY_MILLIS, "claude-memory-expiry", memory::expire);
    }

    /** A summary has the tenant and the redaction of its conversation, and nothing else of it. */
    private String summary(Prompt request, Exchange conversation) {
        Prompt prompt = new Prompt(
                requests.ids().get(),
                request.request(),
                new Prompt.Options(
                        request.options().tenant(),
                        Optional.empty(),
                        Strategy.WHOLE,
                        CacheUse.BYPASS,
                        List.of(),
                        "summary"),
                Map.of());
        Exchange sent = template.request("direct:claude", exchange -> {
            exchange.getMessage().setBody(prompt);
            Optional.ofNullable(conversation.getProperty(ClaudeHeaders.REDACT_POLICY))
                    .ifPresent(policy -> exchange.setProperty(ClaudeHeaders.REDACT_POLICY, policy));
        });
        if (sent.getException() != null) {
            throw ClaudeException.causeOf(sent.getException())
                    .orElseGet(() -> new ClaudeException.Unavailable(
                            ApiError.ours(500, "api_error", "the summary failed"), sent.getException()));
        }
        String text = sent.getMessage().getBody(String.class);
        if (text == null || text.isBlank()) {
            throw new ClaudeException.Unavailable(ApiError.ours(502, "api_error", "the summary is empty"));
        }
        return text;
    }

    Map<String, String> details() {
        return memory.details();
    }
}
