package io.clauderoutes.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.InternalServerException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.errors.PermissionDeniedException;
import com.anthropic.errors.RateLimitException;
import com.anthropic.errors.UnauthorizedException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.ThinkingConfigAdaptive;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import java.time.Clock;
import java.util.Iterator;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Anthropic's own Java library gets from the HTTP door what it gets from the API itself. */
@Timeout(120)
class OfficialSdkTest {

    private static final Map<Integer, Class<? extends AnthropicServiceException>> ERRORS = Map.of(
            400, BadRequestException.class,
            401, UnauthorizedException.class,
            403, PermissionDeniedException.class,
            404, NotFoundException.class,
            429, RateLimitException.class,
            500, InternalServerException.class,
            529, InternalServerException.class);

    private final Simulator simulator =
            Simulator.start(SimulatorSettings.instant().withPort(0), Clock.systemUTC());

    @RegisterExtension
    final Bundle bundle = Bundle.calling(simulator)
            .with("claude.cache.enabled", "false")
            .with("claude.call.max-attempts", "1")
            .withHttpDoor();

    private AnthropicClient direct;
    private AnthropicClient through;

    @BeforeEach
    void open() {
        direct = client(simulator.url().toString());
        through = client(bundle.door().toString());
    }

    @AfterEach
    void close() {
        direct.close();
        through.close();
        simulator.close();
    }

    private static AnthropicClient client(String url) {
        return AnthropicOkHttpClient.builder()
                .apiKey(Bundle.KEY)
                .baseUrl(url)
                .maxRetries(0)
                .build();
    }

    private static MessageCreateParams.Builder asks(String text) {
        return MessageCreateParams.builder()
                .model("claude-sonnet-5-5")
                .maxTokens(2000)
                .addUserMessage(text);
    }

    private static Message streamed(AnthropicClient client, MessageCreateParams asked) {
        MessageAccumulator whole = MessageAccumulator.create();
        try (StreamResponse<RawMessageStreamEvent> events = client.messages().createStreaming(asked)) {
            events.stream().forEach(whole::accumulate);
        }
        return whole.message();
    }

    @Test
    void a_whole_reply_is_the_same() {
        MessageCreateParams asked = asks("How deep is the sea?").build();

        Message reply = through.messages().create(asked);

        Message expected = direct.messages().create(asked);
        assertThat(reply.content()).isEqualTo(expected.content());
        assertThat(reply.usage().outputTokens()).isEqualTo(expected.usage().outputTokens());
        assertThat(reply.stopReason()).isEqualTo(expected.stopReason());
    }

    @Test
    void a_streamed_reply_adds_up_to_the_same() {
        MessageCreateParams asked = asks("How deep is the sea?").build();

        Message reply = streamed(through, asked);

        Message expected = streamed(direct, asked);
        assertThat(reply.content()).isEqualTo(expected.content());
        assertThat(reply.usage().outputTokens()).isEqualTo(expected.usage().outputTokens());
    }

    @Test
    void thinking_comes_with_its_signature() {
        MessageCreateParams asked = asks("Think about the sea")
                .thinking(ThinkingConfigAdaptive.builder().build())
                .build();

        Message reply = streamed(through, asked);

        assertThat(reply.content()).isEqualTo(streamed(direct, asked).content());
        assertThat(reply.content().get(0).thinking())
                .hasValueSatisfying(thinking -> assertThat(thinking.signature()).isNotEmpty());
    }

    @Test
    void a_stream_may_be_left_before_its_end() {
        try (StreamResponse<RawMessageStreamEvent> events = through.messages()
                .createStreaming(asks("Tell me all about the sea").build())) {
            Iterator<RawMessageStreamEvent> each = events.stream().iterator();

            assertThat(each.next().messageStart()).isPresent();
        }
        assertThat(through.messages().create(asks("Again?").build()).content()).isNotEmpty();
    }

    @Test
    void tokens_are_counted_and_models_listed() {
        MessageCountTokensParams counted = MessageCountTokensParams.builder()
                .model("claude-sonnet-5-5")
                .addUserMessage("How deep is the sea?")
                .build();

        assertThat(through.messages().countTokens(counted))
                .isEqualTo(direct.messages().countTokens(counted));
        assertThat(through.models().list().data())
                .isEqualTo(direct.models().list().data());
    }

    @ParameterizedTest
    @CsvSource({"400", "401", "403", "404", "429", "500", "529"})
    void an_error_is_its_own_typed_one(int status) {
        simulator.next(Fault.status(status));
        assertThatThrownBy(() -> through.messages().create(asks("How deep?").build()))
                .isInstanceOf(ERRORS.get(status))
                .satisfies(thrown -> assertThat(((AnthropicServiceException) thrown).statusCode())
                        .isEqualTo(status));

        simulator.next(Fault.status(status));
        assertThatThrownBy(() -> streamed(through, asks("How deep?").build())).isInstanceOf(ERRORS.get(status));
    }
}
