package io.clauderoutes.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.anthropic.AnthropicChatModel;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LangChain4j gets from the gateway what it gets from the API itself. */
@Timeout(120)
class LangChainTest {

    private static final String MODEL = "claude-sonnet-5-5";

    private final Simulator simulator =
            Simulator.start(SimulatorSettings.instant().withPort(0), Clock.systemUTC());

    @RegisterExtension
    final Bundle bundle = Bundle.calling(simulator)
            .with("claude.cache.enabled", "false")
            .with("claude.call.max-attempts", "1")
            .withHttpDoor();

    @AfterEach
    void close() {
        simulator.close();
    }

    private String direct() {
        return simulator.url().toString();
    }

    private String through() {
        return bundle.door().toString();
    }

    private static ChatRequest asking(String text) {
        return ChatRequest.builder().messages(UserMessage.from(text)).build();
    }

    private static ChatResponse whole(String url, ChatRequest request) {
        return AnthropicChatModel.builder()
                .apiKey(Bundle.KEY)
                .baseUrl(url + "/v1")
                .modelName(MODEL)
                .maxTokens(200)
                .maxRetries(0)
                .build()
                .chat(request);
    }

    private record Streamed(List<String> pieces, ChatResponse end) {}

    private static Streamed streamed(String url, ChatRequest request) throws Exception {
        List<String> pieces = new CopyOnWriteArrayList<>();
        CompletableFuture<ChatResponse> end = new CompletableFuture<>();
        AnthropicStreamingChatModel.builder()
                .apiKey(Bundle.KEY)
                .baseUrl(url + "/v1")
                .modelName(MODEL)
                .maxTokens(200)
                .build()
                .chat(request, new StreamingChatResponseHandler() {
                    @Override
                    public void onPartialResponse(String piece) {
                        pieces.add(piece);
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
        return new Streamed(pieces, end.get(1, TimeUnit.MINUTES));
    }

    private static void same(ChatResponse response, ChatResponse expected) {
        assertThat(response.aiMessage().text()).isEqualTo(expected.aiMessage().text());
        assertThat(response.finishReason()).isEqualTo(expected.finishReason());
        assertThat(response.tokenUsage().inputTokenCount())
                .isEqualTo(expected.tokenUsage().inputTokenCount());
        assertThat(response.tokenUsage().outputTokenCount())
                .isEqualTo(expected.tokenUsage().outputTokenCount());
        assertThat(response.modelName()).isEqualTo(expected.modelName());
        assertThat(response.aiMessage().toolExecutionRequests())
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("id")
                .isEqualTo(expected.aiMessage().toolExecutionRequests());
    }

    @Test
    void a_whole_reply() {
        same(whole(through(), asking("How deep is it?")), whole(direct(), asking("How deep is it?")));
    }

    @Test
    void a_stream() throws Exception {
        Streamed expected = streamed(direct(), asking("How deep is it?"));

        Streamed got = streamed(through(), asking("How deep is it?"));

        assertThat(got.pieces()).hasSizeGreaterThan(1).isEqualTo(expected.pieces());
        same(got.end(), expected.end());
    }

    @Test
    void a_call_of_a_tool() throws Exception {
        ChatRequest request = ChatRequest.builder()
                .messages(UserMessage.from("How deep is it?"))
                .toolSpecifications(ToolSpecification.builder()
                        .name("depth")
                        .description("Measures the depth")
                        .parameters(JsonObjectSchema.builder()
                                .addStringProperty("river")
                                .required("river")
                                .build())
                        .build())
                .toolChoice(ToolChoice.REQUIRED)
                .build();

        ChatResponse whole = whole(through(), request);
        ChatResponse stream = streamed(through(), request).end();

        assertThat(whole.aiMessage().hasToolExecutionRequests()).isTrue();
        same(whole, whole(direct(), request));
        same(stream, streamed(direct(), request).end());
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 429, 500, 529})
    void an_error(int status) {
        simulator.next(Fault.status(status), Fault.status(status), Fault.status(status), Fault.status(status));

        assertThat(failure(() -> whole(through(), asking("How deep?"))))
                .isEqualTo(failure(() -> whole(direct(), asking("How deep?"))));
        assertThat(failure(() -> streamed(through(), asking("How deep?"))))
                .isEqualTo(failure(() -> streamed(direct(), asking("How deep?"))));
    }

    private interface Call {
        Object make() throws Exception;
    }

    /** The classes of a failure and its causes. */
    private static List<Class<?>> failure(Call call) {
        try {
            call.make();
        } catch (Exception failed) {
            Throwable first = failed instanceof ExecutionException ? failed.getCause() : failed;
            List<Class<?>> classes = new CopyOnWriteArrayList<>();
            for (Throwable cause = first; cause != null; cause = cause.getCause()) {
                classes.add(cause.getClass());
            }
            return classes;
        }
        throw new AssertionError("no failure");
    }
}
