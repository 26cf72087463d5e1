package io.clauderoutes.library;

import dev.langchain4j.model.anthropic.AnthropicChatModel;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** LangChain4j with its models for Anthropic. */
final class LangChain implements ClaudeLibrary {

    private final LongAdder pieces = new LongAdder();
    private final AnthropicChatModel model;
    private final AnthropicStreamingChatModel streaming;

    LangChain(String url) {
        model = AnthropicChatModel.builder()
                .apiKey("sk-ant-benchmark")
                .baseUrl(url + "/v1")
                .modelName("claude-sonnet-5-5")
                .maxTokens(1024)
                .build();
        streaming = AnthropicStreamingChatModel.builder()
                .apiKey("sk-ant-benchmark")
                .baseUrl(url + "/v1")
                .modelName("claude-sonnet-5-5")
                .maxTokens(1024)
                .build();
    }

    @Override
    public void whole(String prompt) {
        model.chat(prompt);
    }

    @Override
    public void stream(String prompt) throws Exception {
        CompletableFuture<ChatResponse> end = new CompletableFuture<>();
        streaming.chat(prompt, new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String piece) {
                pieces.increment();
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                end.complete(response);
            }

            @Override
            public void onError(Throwable failure) {
                end.completeExceptionally(failure);
            }
        });
        end.get(1, TimeUnit.MINUTES);
    }

    @Override
    public long pieces() {
        return pieces.sum();
    }

    @Override
    public void close() {
        // Neither model holds anything that can be closed.
    }
}
