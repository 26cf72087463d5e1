package io.clauderoutes.call;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.statusAs;
import static io.clauderoutes.support.StubReply.stream;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Base64;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses that were paid for: they are decoded where they can be, and never called for again where they cannot. */
@Timeout(120)
class UnreadableReplyTest {

    private static final String PROMPT = "How deep is the sea?";
    private static final String MESSAGE = """
            {"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Deep."}],\
            "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2}}""";
    private static final String EVENTS = """
            event: message_start
            data: {"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":3,"output_tokens":1}}}

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Deep."}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}

            event: message_stop
            data: {"type":"message_stop"}

            """;
    private static final String JSON = "application/json";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude);

    private interface Coding {
        OutputStream over(OutputStream out) throws IOException;
    }

    private static byte[] coded(Coding coding, byte[] plain) {
        ByteArrayOutputStream coded = new ByteArrayOutputStream();
        try (OutputStream out = coding.over(coded)) {
            out.write(plain);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
        return coded.toByteArray();
    }

    /** A brotli stream of one uncompressed meta-block (RFC 7932, section 9.2), then the empty last one. */
    private static byte[] brotli(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        // WBITS 16 (one bit), ISLAST 0, MNIBBLES 4 (two bits), MLEN - 1 (16 bits), ISUNCOMPRESSED 1, padding to a byte.
        int bits = 0 | 0 << 1 | 0 << 2 | (plain.length - 1) << 4 | 1 << 20;
        out.write(bits);
        out.write(bits >> 8);
        out.write(bits >> 16);
        out.writeBytes(plain);
        out.write(3);
        return out.toByteArray();
    }

    private static byte[] coded(String coding, String plain) {
        byte[] bytes = plain.getBytes(UTF_8);
        return switch (coding) {
            case "gzip" -> coded(GZIPOutputStream::new, bytes);
            case "deflate" -> coded(DeflaterOutputStream::new, bytes);
            case "raw deflate" -> coded(out -> new DeflaterOutputStream(out, new Deflater(9, true)), bytes);
            case "br" -> brotli(bytes);
            case "zstd" -> Zstd.compress(bytes);
            case "gzip, zstd" -> Zstd.compress(coded(GZIPOutputStream::new, bytes));
            default -> throw new IllegalArgumentException(coding);
        };
    }

    private static String header(String coding) {
        return "content-encoding: " + coding.replace("raw ", "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "raw deflate", "br", "zstd", "gzip, zstd"})
    void a_coded_message_is_decoded(String coding) {
        claude.next(statusAs(200, JSON, coded(coding, MESSAGE), header(coding)));

        assertThat(bundle.ask(PROMPT)).isEqualTo("Deep.");
        assertThat(claude.requests().get(0).headers()).containsEntry("accept-encoding", "identity");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "raw deflate", "br", "zstd"})
    void a_coded_stream_is_decoded(String coding) {
        claude.next(statusAs(200, "text/event-stream", coded(coding, EVENTS), header(coding)));

        assertThat(bundle.ask(PROMPT)).isEqualTo("Deep.");
    }

    @ParameterizedTest
    @CsvSource({"400,invalid_request_error", "401,authentication_error", "429,rate_limit_error"})
    void a_coded_refusal_keeps_its_status_its_words_and_its_wait(int status, String type) {
        bundle.with("claude.call.max-attempts", "1");
        claude.next(statusAs(status, JSON, coded("gzip", StubReply.errorJson(type)), header("gzip"), "retry-after: 7"));

        ClaudeException failure = bundle.failure(PROMPT);

        assertThat(failure.status()).isEqualTo(status);
        assertThat(failure.error().message()).isEqualTo("The stub says " + type);
        assertThat(failure.retryAfter()).contains(Duration.ofSeconds(7));
    }

    private void is_reported_once(String code, String words) {
        ClaudeException failure = bundle.failure(PROMPT);

        assertThat(failure.error().code()).contains("response_" + code);
        assertThat(failure).hasMessageContaining(words);
        assertThat(failure.error().response().headers()).containsEntry("x-should-retry", "false");
        assertThat(claude.requests()).hasSize(1);
    }

    @Test
    void an_unknown_coding_is_reported_once() {
        claude.always(statusAs(200, JSON, MESSAGE.getBytes(UTF_8), "content-encoding: lzma"));

        is_reported_once("encoding_unknown", "content-encoding: lzma");
    }

    @Test
    void a_coding_that_is_none_is_reported_once() {
        claude.always(statusAs(200, JSON, MESSAGE.getBytes(UTF_8), "content-encoding: gzip"));

        is_reported_once("encoding_invalid", "not gzip");
    }

    @Test
    void a_page_instead_of_a_message_is_reported_once() {
        claude.always(statusAs(200, "text/html", "<html>Welcome</html>".getBytes(UTF_8)));

        is_reported_once("not_a_message", "not a message");
    }

    @Test
    void a_reply_that_is_too_large_is_reported_once() {
        bundle.with("claude.split.max-reply-bytes", "1024");
        claude.always(message("x".repeat(2000)));

        is_reported_once("too_large", "claude.split.max-reply-bytes=1024");
    }

    @Test
    void a_coded_reply_that_is_too_large_when_decoded_is_reported_once() {
        bundle.with("claude.split.max-reply-bytes", "1024");
        claude.always(
                statusAs(200, JSON, coded("gzip", MESSAGE.replace("Deep.", " ".repeat(100_000))), header("gzip")));

        is_reported_once("too_large", "claude.split.max-reply-bytes=1024");
    }

    @Test
    void an_event_that_is_too_large_is_reported_once() {
        bundle.with("claude.split.max-event-bytes", "1024");
        claude.always(stream().start().text("x".repeat(2000)).stop());

        is_reported_once("too_large", "claude.split.max-event-bytes=1024");
    }

    @Test
    void a_document_of_nine_megabytes_in_one_event_passes() {
        String document = Base64.getEncoder().encodeToString(new byte[9 * 1024 * 1024 / 4 * 3]);
        claude.next(stream()
                .start()
                .text("Deep.")
                .sse("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n")
                .sse(
                        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{"
                                + "\"type\":\"web_fetch_tool_result\",\"tool_use_id\":\"srvtoolu_1\",\"content\":{\"type\":\"web_fetch_result\","
                                + "\"url\":\"https://example.com/a.pdf\",\"content\":{\"type\":\"document\",\"source\":{\"type\":\"base64\","
                                + "\"media_type\":\"application/pdf\",\"data\":\"" + document + "\"}}}}}\n\n")
                .sse("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n")
                .messageDelta("end_turn", 12)
                .sse("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
                .end());

        assertThat(bundle.ask(PROMPT)).isEqualTo("Deep.");
    }

    @Test
    void a_refusal_is_still_tried_again() {
        claude.next(error(529, "overloaded_error"), message("Deep."));

        assertThat(bundle.ask(PROMPT)).isEqualTo("Deep.");
    }
}
