package io.clauderoutes.split;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.apache.camel.Exchange;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The strategy {@code auto}: what it chooses, what it says of it, and what receivers get. */
@Timeout(120)
class StrategyTest {

    private static final String LONG = "Write a detailed essay of 2000 words about the sea";
    private static final String SHORT = "Is the sea deep? Answer yes or no.";
    private static final Map<String, String> TO_CHUNKS = Map.of(ClaudeHeaders.SINKS, "live");

    @RegisterExtension
    final StubClaude claude = new StubClaude();

    @TempDir
    private Path data;

    @RegisterExtension
    final Bundle bundle = Bundle.callingPlainly(claude)
            .with("claude.split.strategy", "auto")
            .with("claude.sinks.live.uri", "mock:live")
            .with("claude.sinks.live.chunks", "true")
            .with("claude.sinks.archive.uri", "mock:archive");

    private static String reason(Exchange exchange) {
        return exchange.getMessage().getHeader(ClaudeHeaders.STRATEGY_REASON, String.class);
    }

    private List<String> chunks() {
        return bundle.mock("live").getExchanges().stream()
                .map(exchange -> exchange.getMessage().getBody(String.class))
                .toList();
    }

    @Test
    void a_long_reply_is_sent_on_while_it_arrives() throws Exception {
        CountDownLatch rest = new CountDownLatch(1);
        claude.next(StubReply.stream()
                .start()
                .text("The sea")
                .waitFor(rest)
                .text(" is deep.")
                .stop());

        Future<String> asking = bundle.asking(LONG, TO_CHUNKS);
        Bundle.until(() -> chunks().size() == 1);
        rest.countDown();

        assertThat(asking.get()).isEqualTo("The sea is deep.");
        assertThat(String.join("", chunks())).isEqualTo("The sea is deep.");
        assertThat(bundle.meter("claude.split.strategy", "mode", "stream", "reason", "long-reply"))
                .isEqualTo(1);
    }

    @Test
    void the_choice_is_explained_in_a_header() {
        claude.next(StubReply.says("The sea is deep."));

        assertThat(reason(bundle.send(LONG, TO_CHUNKS)))
                .matches("stream: long-reply \\(expected \\d{4} tokens in \\d{5} ms\\)");
    }

    @Test
    void a_reply_that_nobody_reads_along_is_taken_whole() {
        claude.next(StubReply.says("Deep."));

        assertThat(reason(bundle.send(LONG, Map.of(ClaudeHeaders.SINKS, "archive"))))
                .startsWith("whole: whole-needed");
    }

    @Test
    void a_short_reply_is_held_until_it_is_whole_so_that_a_broken_one_is_called_again() {
        claude.next(StubReply.stream().start().text("Ye").end(), StubReply.says("Yes"));

        Exchange exchange = bundle.send(SHORT, TO_CHUNKS);

        assertThat(reason(exchange)).startsWith("whole: short-reply");
        assertThat(exchange.getMessage().getBody(String.class)).isEqualTo("Yes");
        assertThat(String.join("", chunks())).isEqualTo("Yes");
    }

    @Test
    void a_reply_that_takes_longer_than_expected_is_sent_on() throws Exception {
        CountDownLatch rest = new CountDownLatch(1);
        claude.next(
                StubReply.stream().start().text("Yes").waitFor(rest).text("!").stop());

        Future<Exchange> asking = bundle.inBackground(() -> bundle.send(SHORT, TO_CHUNKS));
        Bundle.until(() -> chunks().size() == 1);
        rest.countDown();

        assertThat(reason(asking.get())).startsWith("stream: late");
        assertThat(String.join("", chunks())).isEqualTo("Yes!");
    }

    @Test
    void a_message_chooses_its_strategy_by_header() {
        claude.always(StubReply.says("Deep."));

        assertThat(reason(bundle.send(LONG, Map.of(ClaudeHeaders.STRATEGY, "stream"))))
                .isNull();
        assertThat(reason(bundle.send(LONG, Map.of(ClaudeHeaders.STRATEGY, "AUTO"))))
                .isNotNull();
    }

    @Test
    void a_source_has_a_strategy_of_its_own() throws Exception {
        claude.always(StubReply.says("Deep."));
        bundle.with("claude.split.strategy", "stream")
                .with("claude.sources.inbox.uri", "direct:inbox")
                .with("claude.sources.inbox.sinks", "live")
                .with("claude.sources.inbox.strategy", "auto");

        assertThat(reason(bundle.sendTo("direct:inbox", LONG, Map.of()))).startsWith("stream: long-reply");
    }

    @Test
    void without_predictions_text_is_sent_at_once() {
        claude.next(StubReply.says("Deep."));
        bundle.with("claude.prediction.enabled", "false");

        assertThat(reason(bundle.send(SHORT, TO_CHUNKS))).isEqualTo("stream: no-prediction");
    }

    @Test
    void a_reply_that_has_to_fit_a_schema_is_taken_whole() {
        claude.next(StubReply.says("{\"deep\":true}"));

        Exchange exchange = bundle.send(
                LONG,
                Map.of(
                        ClaudeHeaders.SINKS,
                        "live",
                        ClaudeHeaders.OUTPUT_SCHEMA,
                        "{\"type\":\"object\",\"properties\":{\"deep\":{\"type\":\"boolean\"}},"
                                + "\"required\":[\"deep\"],\"additionalProperties\":false}"));

        assertThat(reason(exchange)).startsWith("whole: whole-needed");
    }

    @Test
    void bursts_reach_a_sink_as_chunks_of_the_same_text() throws Exception {
        StubReply reply = StubReply.stream().start();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            reply.text("\ud83d\udc69\u200d\ud83d\udc66 " + i);
            text.append("\ud83d\udc69\u200d\ud83d\udc66 ").append(i);
        }
        claude.next(reply.stop());

        assertThat(bundle.ask(LONG, TO_CHUNKS)).isEqualTo(text.toString());
        assertThat(String.join("", chunks())).isEqualTo(text.toString());
        assertThat(chunks()).hasSizeLessThan(100);
    }

    @Nested
    class At_the_gateway {

        private String post(String key) throws Exception {
            HttpRequest request = HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                    .header("content-type", "application/json")
                    .header("x-api-key", key)
                    .POST(HttpRequest.BodyPublishers.ofString(
                            "{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":50,\"stream\":true,"
                                    + "\"messages\":[{\"role\":\"user\",\"content\":\"" + SHORT + "\"}]}"))
                    .build();
            return HttpClient.newHttpClient()
                    .send(request, BodyHandlers.ofString())
                    .body();
        }

        @Test
        void a_key_has_a_strategy_and_its_clients_get_a_stream() throws Exception {
            claude.always(StubReply.says("Ye", "s"));
            bundle.withHttpDoor()
                    .with("claude.split.strategy", "stream")
                    .with("claude.gateway.keys.plain.key", "key-of-plain")
                    .with("claude.gateway.keys.chooser.key", "key-of-chooser")
                    .with("claude.gateway.keys.chooser.strategy", "auto");

            String chosen = post("key-of-chooser");

            assertThat(chosen).contains("event: message_stop").isEqualTo(post("key-of-plain"));
            assertThat(bundle.meter("claude.split.strategy", "mode", "whole", "reason", "short-reply"))
                    .isEqualTo(1);
        }
    }

    @Nested
    class With_a_ledger {

        @Test
        void the_choice_stands_in_the_row_of_the_call_and_what_was_learned_survives() {
            claude.always(StubReply.says("Deep."));
            bundle.with("claude.ledger.enabled", "true").with("claude.data", data.toString());

            bundle.send(LONG, TO_CHUNKS);
            bundle.send(LONG, Map.of(ClaudeHeaders.STRATEGY, "whole"));

            BookRows books = new BookRows(data);
            Bundle.until(() -> books.number("SELECT count(*) FROM attempt WHERE state = 'SETTLED'") == 2);
            assertThat(books.of("SELECT coalesce(strategy, '-') FROM attempt ORDER BY number"))
                    .containsExactly("stream: long-reply", "-");
            Bundle.until(() -> bundle.meter("claude.prediction.samples") == 2);
            bundle.close();
            assertThat(Files.exists(data.resolve("predictions.bin"))).isTrue();
        }
    }
}
