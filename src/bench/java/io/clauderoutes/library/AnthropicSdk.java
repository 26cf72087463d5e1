package io.clauderoutes.library;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import java.util.concurrent.atomic.LongAdder;

/** Anthropic's own library. */
final class AnthropicSdk implements ClaudeLibrary {

    private final LongAdder pieces = new LongAdder();
    private final AnthropicClient client;

    AnthropicSdk(String url) {
        client = AnthropicOkHttpClient.builder()
                .apiKey("sk-ant-benchmark")
                .baseUrl(url)
                .build();
    }

    @Override
    public void whole(String prompt) {
        client.messages().create(request(prompt));
    }

    @Override
    public void stream(String prompt) {
        try (StreamResponse<RawMessageStreamEvent> stream = client.messages().createStreaming(request(prompt))) {
            pieces.add(stream.stream()
                    .filter(event -> event.contentBlockDelta().isPresent())
                    .count());
        }
    }

    private static MessageCreateParams request(String prompt) {
        return MessageCreateParams.builder()
                .model("claude-sonnet-5-5")
                .maxTokens(1024)
                .addUserMessage(prompt)
                .build();
    }

    @Override
    public long pieces() {
        return pieces.sum();
    }

    @Override
    public void close() {
        client.close();
    }
}
