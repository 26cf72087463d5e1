package io.clauderoutes.fanout;

import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.request.SinkFailed;
import io.clauderoutes.settings.SettingsException;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The fan-out to sinks of several kinds, with all stages around it. */
@Timeout(120)
class FanOutStageTest {

    private static final String PROMPT = "How deep is the sea?";
    private static final String NOBODY = "direct:nobody?block=false";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude)
            .with("claude.sinks.whole.uri", "mock:whole")
            .with("claude.sinks.live.uri", "mock:live")
            .with("claude.sinks.live.chunks", "true");

    @TempDir
    Path folder;

    private Exchange sendTo(String sinks) {
        return bundle.send(PROMPT, Map.of(ClaudeHeaders.SINKS, sinks));
    }

    private List<Object> headers(String mock, String header) {
        return bundle.mock(mock).getReceivedExchanges().stream()
                .map(exchange -> exchange.getMessage().getHeader(header))
                .toList();
    }

    private List<Object> bodies(String mock) {
        return bundle.mock(mock).getReceivedExchanges().stream()
                .map(exchange -> exchange.getMessage().getBody())
                .toList();
    }

    @Nested
    class When_all_sinks_are_well {

        @Test
        void each_gets_the_answer_in_its_own_form() {
            claude.next(says("Very ", "", "deep", "."));

            sendTo("whole,live");

            assertThat(bodies("whole")).containsExactly("Very deep.");
            assertThat(bodies("live")).containsExactly("Very ", "deep", ".", "");
        }

        @ParameterizedTest
        @ValueSource(strings = {"true", "false"})
        void text_that_a_block_begins_with_is_part_of_it(String redacted) {
            bundle.with("claude.redact.enabled", redacted);
            claude.next(stream()
                    .start()
                    .text("Very ")
                    .sse("data: {\"type\":\"content_block_start\",\"index\":1,"
                            + "\"content_block\":{\"type\":\"text\",\"text\":\"deep.\"}}\n\n"
                            + "data: {\"type\":\"content_block_stop\",\"index\":1}\n\n")
                    .stop());

            sendTo("whole,live");

            assertThat(bodies("whole")).containsExactly("Very deep.");
            assertThat(bodies("live")).containsExactly("Very ", "deep.", "");
        }

        @Test
        void chunks_are_numbered_and_the_last_says_so_with_the_facts() {
            claude.next(says("Very ", "deep."));

            sendTo("live");

            assertThat(headers("live", ClaudeHeaders.CHUNK)).containsExactly(0, 1, 2);
            assertThat(headers("live", ClaudeHeaders.LAST)).containsExactly(false, false, true);
            assertThat(headers("live", ClaudeHeaders.OUTPUT_TOKENS)).containsExactly(null, null, 12L);
        }

        @Test
        void a_thousand_chunks_stay_in_order_through_a_small_buffer() {
            bundle.with("claude.sinks.live.buffer", "1");
            String[] pieces = IntStream.range(0, 1000).mapToObj(i -> i + " ").toArray(String[]::new);
            claude.next(says(pieces));

            sendTo("live");

            assertThat(bodies("live")).startsWith((Object[]) pieces).hasSize(1001);
        }

        @Test
        void without_a_name_no_sink_gets_anything() {
            claude.next(says("Deep."));

            bundle.ask(PROMPT);

            assertThat(bodies("whole")).isEmpty();
        }

        @Test
        void a_folder_gets_a_file_named_like_the_prompt() {
            bundle.with("claude.sinks.files.uri", "file:" + folder);
            claude.next(says("Deep."));

            bundle.ask(PROMPT, Map.of(ClaudeHeaders.SINKS, "files", ClaudeHeaders.NAME, "sea.txt"));

            assertThat(folder.resolve("sea.txt")).hasContent("Deep.");
        }

        @Test
        void a_queue_within_the_process_gets_it() {
            bundle.with("claude.sinks.queue.uri", "seda:fan-out-answers");
            claude.next(says("Deep."));

            sendTo("queue");

            assertThat(bundle.received("seda:fan-out-answers").getMessage().getBody())
                    .isEqualTo("Deep.");
        }

        @Test
        void the_log_can_be_a_sink() {
            bundle.with("claude.sinks.log.uri", "log:answers?showBody=false");
            claude.next(says("Deep."));

            Exchange exchange = sendTo("log");

            assertThat(exchange.getException()).isNull();
        }
    }

    @Nested
    class When_a_sink_is_sick {

        @BeforeEach
        void settings() {
            bundle.with("claude.sinks.sick.uri", NOBODY)
                    .with("claude.sinks.sick.attempts", "2")
                    .with("claude.data", folder.toString());
        }

        @ParameterizedTest
        @ValueSource(strings = {"true", "false"})
        void the_reply_is_kept_and_delivered_once_the_sink_takes_messages_again(String chunks) {
            AtomicBoolean well = new AtomicBoolean();
            bundle.with("claude.sinks.sick.uri", "mock:sick")
                    .with("claude.sinks.sick.chunks", chunks)
                    .with("claude.fan-out.redelivery-delay", "10ms");
            bundle.mock("sick").whenAnyExchangeReceived(exchange -> {
                if (!well.get()) {
                    throw new IllegalStateException("the disk is full");
                }
            });
            claude.next(says("Very ", "deep."));

            Exchange exchange = sendTo("sick,whole");

            assertThat(exchange.getException()).isNull();
            assertThat(bodies("whole")).containsExactly("Very deep.");
            assertThat(bundle.meter("claude.undelivered.replies")).isEqualTo(1);
            assertThat(bundle.meter("claude.sink.failing", "sink", "sick")).isEqualTo(1);
            int before = bodies("sick").size();
            well.set(true);
            Bundle.until(() -> bundle.meter("claude.undelivered.replies") == 0);
            Bundle.until(() -> bundle.meter("claude.sink.failing", "sink", "sick") == 0);
            List<Exchange> received = bundle.mock("sick").getReceivedExchanges();
            Message last = received.get(received.size() - 1).getMessage();
            assertThat(received.size()).isGreaterThan(before);
            assertThat(last.getBody()).isEqualTo("Very deep.");
            assertThat(last.getHeader(ClaudeHeaders.OUTPUT_TOKENS, Long.class)).isNotNull();
            assertThat(last.getHeader(ClaudeHeaders.PROMPT_ID, String.class)).startsWith("prompt-");
            assertThat(last.getHeader(ClaudeHeaders.LAST)).isEqualTo(chunks.equals("true") ? true : null);
            assertThat(claude.requests()).hasSize(1);
        }

        @Test
        void a_kept_reply_is_delivered_after_a_restart() throws Exception {
            claude.next(says("Deep."));
            assertThat(sendTo("sick").getException()).isNull();
            bundle.close();

            try (Bundle again = Bundle.callingPlainly(claude)
                    .with("claude.data", folder.toString())
                    .with("claude.sinks.sick.uri", "mock:sick")) {
                MockEndpoint sick = again.mock("sick");
                sick.expectedBodiesReceived("Deep.");
                sick.assertIsSatisfied();
            }

            assertThat(claude.requests()).hasSize(1);
        }

        @Test
        void a_reply_that_cannot_be_kept_waits_until_the_sink_takes_it() throws Exception {
            Files.writeString(folder.resolve("file"), "");
            AtomicInteger tries = new AtomicInteger();
            bundle.with("claude.data", folder.resolve("file").toString())
                    .with("claude.ledger.enabled", "false")
                    .with("claude.sinks.sick.uri", "mock:sick");
            bundle.mock("sick").whenAnyExchangeReceived(exchange -> {
                if (tries.incrementAndGet() < 4) {
                    throw new IllegalStateException("not yet");
                }
            });
            claude.next(says("Deep."));

            Exchange exchange = sendTo("sick");

            assertThat(exchange.getException()).isNull();
            assertThat(tries).hasValue(4);
            assertThat(claude.requests()).hasSize(1);
        }

        @ParameterizedTest
        @ValueSource(strings = {"true", "false"})
        void it_can_fail_the_prompt_and_harms_no_other(String chunks) {
            bundle.with("claude.sinks.sick.chunks", chunks).with("claude.sinks.sick.on-failure", "fail");
            claude.next(says("Very ", "deep."));

            Exchange exchange = sendTo("sick,whole,live");

            assertThat(exchange.getException())
                    .isInstanceOf(SinkFailed.class)
                    .hasMessageContaining("claude.sinks.sick.uri");
            Bundle.until(() -> bodies("live").size() == 3 && bodies("whole").size() == 1);
            assertThat(bodies("live")).containsExactly("Very ", "deep.", "");
        }

        @Test
        void it_is_no_reason_to_call_again() {
            claude.next(says("Deep."));

            sendTo("sick");

            assertThat(claude.requests()).hasSize(1);
        }

        @ParameterizedTest
        @ValueSource(strings = {"true", "false"})
        void it_can_be_ignored(String chunks) {
            bundle.with("claude.sinks.sick.on-failure", "ignore").with("claude.sinks.sick.chunks", chunks);
            claude.next(says("Deep."));

            Exchange exchange = sendTo("sick");

            assertThat(exchange.getException()).isNull();
            assertThat(exchange.getMessage().getBody()).isEqualTo("Deep.");
        }

        @ParameterizedTest
        @ValueSource(strings = {"true", "false"})
        void its_dead_letters_get_the_whole_answer(String chunks) {
            bundle.with("claude.sinks.sick.on-failure", "dead-letter")
                    .with("claude.sinks.sick.dead-letter", "mock:dead")
                    .with("claude.sinks.sick.chunks", chunks);
            claude.next(says("Very ", "deep."));

            Exchange exchange = sendTo("sick,whole");

            assertThat(exchange.getException()).isNull();
            assertThat(bodies("dead")).containsExactly("Very deep.");
            assertThat(bodies("whole")).containsExactly("Very deep.");
        }

        @Test
        void dead_letters_that_fail_too_fail_the_prompt() {
            bundle.with("claude.sinks.sick.on-failure", "dead-letter").with("claude.sinks.sick.dead-letter", NOBODY);
            claude.next(says("Deep."));

            Exchange exchange = sendTo("sick");

            assertThat(exchange.getException()).isInstanceOf(SinkFailed.class);
        }

        @Test
        void the_dead_letters_of_one_do_not_wait_for_another() {
            bundle.with("claude.sinks.sick.on-failure", "dead-letter")
                    .with("claude.sinks.sick.dead-letter", "mock:dead")
                    .with("claude.sinks.ill.uri", NOBODY)
                    .with("claude.sinks.ill.attempts", "1");
            claude.next(says("Deep."));

            sendTo("ill,sick");

            assertThat(bodies("dead")).containsExactly("Deep.");
        }

        @Test
        void it_is_tried_as_often_as_it_says() {
            AtomicInteger tries = new AtomicInteger();
            bundle.with("claude.sinks.sick.attempts", "3").with("claude.sinks.sick.uri", "mock:sick");
            bundle.mock("sick").whenAnyExchangeReceived(exchange -> {
                if (tries.incrementAndGet() < 3) {
                    throw new IllegalStateException("not yet");
                }
            });
            claude.next(says("Deep."));

            Exchange exchange = sendTo("sick");

            assertThat(exchange.getException()).isNull();
            assertThat(tries).hasValue(3);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "fil:outbox | there is no Camel component fil",
                    "file:outbox?tempFileNam=x | the component file has no option tempFileNam",
                    "seda:a?size=many | this URI of the component seda cannot be used"
                })
        void a_uri_that_cannot_be_used_is_refused_at_the_start(String uri, String reason) {
            bundle.with("claude.sinks.sick.uri", uri);

            assertThatThrownBy(bundle::context)
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("claude.sinks.sick.uri: " + reason);
        }
    }

    @Nested
    class When_a_sink_is_slow {

        private final CountDownLatch released = new CountDownLatch(1);

        @BeforeEach
        void failing() {
            bundle.with("claude.sinks.slow.on-failure", "fail");
        }

        private void slowly(String mock) {
            bundle.mock(mock).whenAnyExchangeReceived(exchange -> {
                boolean free = released.await(60, TimeUnit.SECONDS);
                assertThat(free).isTrue();
            });
        }

        @Test
        void others_get_their_chunks_meanwhile() throws Exception {
            bundle.with("claude.sinks.slow.uri", "mock:slow").with("claude.sinks.slow.chunks", "true");
            slowly("slow");
            MockEndpoint live = bundle.mock("live");
            live.expectedBodiesReceived("Very ", "deep.", "");
            claude.next(says("Very ", "deep."));

            Future<Exchange> exchange = bundle.inBackground(() -> sendTo("slow,live"));
            live.assertIsSatisfied();
            released.countDown();

            assertThat(exchange.get(60, TimeUnit.SECONDS).getException()).isNull();
        }

        @Test
        void a_full_buffer_fails_it_after_its_time_and_the_others_have_all() {
            bundle.with("claude.sinks.slow.uri", "mock:slow")
                    .with("claude.sinks.slow.chunks", "true")
                    .with("claude.sinks.slow.buffer", "1")
                    .with("claude.fan-out.sink-timeout", "3s");
            slowly("slow");
            String[] pieces = IntStream.range(0, 10).mapToObj(i -> i + " ").toArray(String[]::new);
            claude.next(says(pieces));

            Exchange exchange = sendTo("slow,live");
            released.countDown();

            assertThat(exchange.getException()).isInstanceOf(SinkFailed.class).hasMessageContaining("sink slow");
            Bundle.until(() -> bodies("live").size() == 11);
        }

        @Test
        void the_last_piece_waits_for_it_as_long_as_the_others() {
            bundle.with("claude.sinks.slow.uri", "mock:slow")
                    .with("claude.sinks.slow.chunks", "true")
                    .with("claude.sinks.slow.buffer", "1");
            bundle.mock("slow").whenExchangeReceived(1, exchange -> released.await(1500, TimeUnit.MILLISECONDS));
            claude.next(says("Very ", "deep."));

            Exchange exchange = sendTo("slow");

            assertThat(exchange.getException()).isNull();
            assertThat(bodies("slow")).containsExactly("Very ", "deep.", "");
        }

        @ParameterizedTest
        @ValueSource(strings = {"slow", "slow,live"})
        void a_whole_answer_waits_for_it_as_long_as_it_may(String sinks) {
            bundle.with("claude.sinks.slow.uri", "mock:slow").with("claude.fan-out.sink-timeout", "100ms");
            slowly("slow");
            claude.next(says("Deep."));

            Exchange exchange = sendTo(sinks);
            released.countDown();

            assertThat(exchange.getException()).isInstanceOf(SinkFailed.class).hasMessageContaining("sink slow");
        }
    }

    @Nested
    class When_there_is_nothing_to_say {

        @Test
        void an_empty_answer_is_an_answer() {
            claude.next(stream().start().stop());

            sendTo("whole,live");

            assertThat(bodies("whole")).containsExactly("");
            assertThat(bodies("live")).containsExactly("");
        }
    }

    @Nested
    class When_an_endpoint_speaks_the_dialect_of_gateways {

        @BeforeEach
        void settings() {
            bundle.with("claude.endpoints.primary.dialect", "prompt");
        }

        @Test
        void frames_become_chunks_and_junk_is_skipped() {
            claude.next(StubReply.streamAs("text/plain")
                    .sse("{\"text\":\"Very \"}\n\n")
                    .sse("<junk>\n\n{\"delta\":1}\n\n")
                    .sse("data: {\"te")
                    .sse("xt\":\"deep.\"}\r\n\r\n")
                    .end());

            sendTo("live");

            assertThat(bodies("live")).containsExactly("Very ", "deep.", "");
            assertThat(bundle.meter("claude.split.junk.frames")).isEqualTo(2);
            assertThat(claude.requests().get(0).line()).isEqualTo("POST /v1/stream HTTP/1.1");
            assertThat(claude.prompts()).containsExactly("{\"prompt\":\"" + PROMPT + "\"}");
        }

        @Test
        void a_whole_answer_is_asked_for_elsewhere() {
            claude.next(StubReply.status(200, "{\"text\":\"Very deep.\"}"));

            String answer = bundle.ask(PROMPT, Map.of(ClaudeHeaders.STREAM, false));

            assertThat(answer).isEqualTo("Very deep.");
            assertThat(claude.requests().get(0).line()).isEqualTo("POST /v1/completions HTTP/1.1");
        }

        @Test
        void tokens_that_nobody_told_are_unknown_and_not_zero() {
            claude.next(StubReply.status(200, "{\"text\":\"Very deep.\"}"));

            Map<String, Object> headers = bundle.send(PROMPT, Map.of(ClaudeHeaders.STREAM, false))
                    .getMessage()
                    .getHeaders();

            assertThat(headers).doesNotContainKeys(ClaudeHeaders.INPUT_TOKENS, ClaudeHeaders.OUTPUT_TOKENS);
        }

        @Test
        void junk_alone_is_no_answer() {
            claude.always(StubReply.streamAs("text/html")
                    .sse("<html>\n\nWelcome\n\n</html>\n")
                    .end());

            assertThat(bundle.failure(PROMPT)).hasMessageContaining("no frame");
        }

        @Test
        void a_cut_is_a_broken_stream() {
            claude.next(StubReply.streamAs("text/plain")
                    .sse("{\"text\":\"Very \"}\n\n")
                    .reset());

            assertThat(bundle.failure(PROMPT).getClass().getSimpleName()).isEqualTo("StreamBroken");
        }

        @Test
        void what_is_no_text_is_refused() {
            assertThat(bundle.failure("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\"}]}]}"))
                    .hasMessageContaining("a block of type image");
        }
    }
}
