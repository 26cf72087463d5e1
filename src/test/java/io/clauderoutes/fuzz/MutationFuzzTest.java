package io.clauderoutes.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Reads mutations of valid input, the same in each build. {@code -Dfuzz.rounds} and {@code -Dfuzz.seed} make it longer and
 * different; the profile {@code fuzz} searches with Jazzer.
 */
@Timeout(600)
@Order(10)
class MutationFuzzTest {

    private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 8_000);
    private static final long SEED = Long.getLong("fuzz.seed", 20_261_129);

    private static final List<String> REQUESTS = List.of(
            "{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":100,\"stream\":true,\"system\":\"Be brief.\","
                    + "\"messages\":[{\"role\":\"user\",\"content\":\"How deep?\"}]}",
            "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"url\","
                    + "\"url\":\"https://example.com\"}}]}],\"temperature\":1.50,\"max_tokens\":1}",
            "{\"model\":\"m\",\"tools\":[{\"type\":\"web_search_20250305\",\"max_uses\":3,\"name\":\"w\"}],\"speed\":\"fast\","
                    + "\"inference_geo\":\"us\",\"fallbacks\":[{\"model\":\"n\"}],\"messages\":[],\"max_tokens\":1e2}");

    private static final List<String> CLIENT_MESSAGES = List.of(
            "{\"type\":\"request\",\"id\":\"r1\",\"credit\":64,\"headers\":{\"anthropic-beta\":\"a\"},\"body\":"
                    + REQUESTS.get(0) + "}",
            "{\"body\":" + REQUESTS.get(1) + ",\"id\":\"r_1.2:3-4\",\"type\":\"request\"}",
            "{\"type\":\"resume\",\"id\":\"r2\",\"stream\":\"prompt-1\",\"after\":17}",
            "{\"type\":\"credit\",\"id\":\"r1\",\"events\":32}",
            "{\"type\":\"cancel\",\"id\":\"r1\"}",
            "{\"type\":\"ping\"}");

    private static final List<String> SCHEMAS = List.of(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/b\"},"
                    + "\"c\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^[a-z]+$\",\"maxLength\":3}},\"$defs\":{\"b\":{\"enum\":[1,2.50]}},"
                    + "\"required\":[\"a\"],\"additionalProperties\":false}",
            "{\"anyOf\":[{\"type\":\"array\",\"items\":{\"$ref\":\"#\"},\"minItems\":1},{\"type\":\"number\",\"multipleOf\":0.1}]}");

    private static final List<String> EVENTS = List.of(
            "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\","
                    + "\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":12,\"output_tokens\":1,"
                    + "\"cache_creation\":{\"ephemeral_1h_input_tokens\":0}}}}",
            "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}",
            "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Deep.\"}}",
            "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\":\"}}",
            "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":5}}",
            "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"},\"request_id\":\"req_1\"}",
            "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[{\"type\":\"text\","
                    + "\"text\":\"Deep.\",\"citations\":null},{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{\"a\":1.0}}],"
                    + "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}");

    private static final List<String> STREAMS = List.of(
            EVENTS.stream()
                    .limit(5)
                    .map(event -> "event: x\ndata: " + event + "\n\n")
                    .collect(Collectors.joining(
                            "", ": a comment\n", "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")),
            "{\"text\":\"Deep.\"}\n\n{\"text\":\"Very.\"}\n\n",
            EVENTS.get(6));

    private static final List<String> MESSAGES =
            List.of("stream\nHow deep?", "77\nHow deep?", "true\n" + REQUESTS.get(0), "answers,x\n\uFEFFHow deep?");

    private static final List<String> RESPONSE_HEADERS = List.of(
            "7",
            "0.5",
            "1e3",
            "Wed, 21 Oct 2026 07:28:00 GMT",
            "2026-11-29T12:00:00Z",
            "gzip, br\nbody",
            "deflate\nbody",
            "zstd\nbody");

    private static final List<String> BATCHES = List.of(
            "{\"requests\":[{\"custom_id\":\"a\",\"params\":" + REQUESTS.get(0) + "},{\"params\":" + REQUESTS.get(2)
                    + ",\"custom_id\":\"b_2\"}]}",
            "{\"custom_id\":\"a\",\"result\":{\"type\":\"succeeded\",\"message\":" + EVENTS.get(6) + "}}",
            "{\"custom_id\":\"a\",\"result\":{\"type\":\"errored\",\"error\":{\"type\":\"error\",\"error\":"
                    + "{\"type\":\"api_error\",\"message\":\"no\"}}}}",
            "{\"data\":[{\"id\":\"msgbatch_1\",\"created_at\":\"2026-11-29T12:00:00Z\",\"processing_status\":\"ended\","
                    + "\"request_counts\":{\"succeeded\":1}}],\"has_more\":true}");

    private static final List<String> TEXTS = List.of(
            "card 4111 1111 1111 1111, SSN 123-45-6789, DE89 3704 0044 0532 0130 00 end",
            "key sk-ant-api03-abcdefghijklmnop and AKIAIOSFODNN7EXAMPLE",
            "\uff14\uff11\uff11\uff11 1111\u200b 1111 1111 \ud83d\ude00");

    private static final List<String> DICTIONARY = List.of(
            "1e999999999",
            "-1E-999999999",
            "9".repeat(400),
            "0.".concat("1".repeat(1_200)),
            "\\ud800",
            "\\udc00\\ud800",
            "\\u0000",
            "\u0000",
            "[".repeat(300),
            "{\"a\":".repeat(300),
            "null",
            "true",
            "\"\"",
            "{}",
            "[]",
            ",\"max_tokens\":",
            ",\"messages\":[]",
            "\"model\":7",
            "\uFEFF",
            "\r\n",
            "\n\n",
            "\\",
            "\"",
            "}",
            " {}");

    /** Not UTF-8: overlong forms, a surrogate, a byte that is none, a cut character, UTF-16 marks. */
    private static final List<byte[]> BYTES = List.of(
            new byte[] {(byte) 0xC0, (byte) 0xAF},
            new byte[] {(byte) 0xE0, (byte) 0x80, (byte) 0xAF},
            new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
            new byte[] {(byte) 0xFF},
            new byte[] {(byte) 0xE2, (byte) 0x82},
            new byte[] {0, 0, '{', 0},
            new byte[] {0, '{', 0, 0},
            new byte[] {(byte) 0xFE, (byte) 0xFF},
            new byte[] {(byte) 0xFF, (byte) 0xFE});

    private final FuzzTargets targets = new FuzzTargets();

    @Test
    void requests_fail_with_typed_errors_alone() {
        fuzz(REQUESTS, targets::request, ROUNDS);
    }

    @Test
    void messages_of_websocket_clients_are_read_or_refused() {
        fuzz(CLIENT_MESSAGES, targets::clientMessage, ROUNDS);
    }

    @Test
    void schemas_are_refused_or_used() {
        fuzz(SCHEMAS, targets::schema, ROUNDS / 8);
    }

    @Test
    void events_and_replies_fail_with_typed_errors_alone() {
        fuzz(EVENTS, targets::events, ROUNDS);
    }

    @Test
    void streams_fail_with_typed_errors_alone() {
        fuzz(STREAMS, targets::stream, ROUNDS / 4);
    }

    @Test
    void documents_fail_with_typed_errors_alone() {
        fuzz(Stream.concat(REQUESTS.stream(), EVENTS.stream()).toList(), targets::documents, ROUNDS);
    }

    @Test
    void headers_fail_with_typed_errors_alone() {
        fuzz(MESSAGES, targets::headers, ROUNDS / 8);
    }

    @Test
    void response_headers_are_read_or_ignored() {
        fuzz(RESPONSE_HEADERS, targets::responseHeaders, ROUNDS);
    }

    @Test
    void batches_fail_with_typed_errors_alone() {
        fuzz(BATCHES, targets::batches, ROUNDS);
    }

    @Test
    void texts_are_redacted_alike_whole_and_in_pieces() {
        fuzz(TEXTS, targets::redactor, ROUNDS);
    }

    private static void fuzz(List<String> seeds, Consumer<byte[]> target, int rounds) {
        Random random = new Random(SEED);
        for (String seed : seeds) {
            target.accept(seed.getBytes(UTF_8));
            target.accept(seed.getBytes(UTF_16LE));
        }
        for (int round = 0; round < rounds; round++) {
            byte[] input = seeds.get(random.nextInt(seeds.size())).getBytes(UTF_8);
            for (int i = random.nextInt(5); i >= 0; i--) {
                input = mutated(input, random);
            }
            try {
                target.accept(input);
            } catch (RuntimeException | Error failure) {
                throw new AssertionError("round " + round + ": " + shown(input), failure);
            }
        }
    }

    private static String shown(byte[] input) {
        String text = new String(input, ISO_8859_1);
        return text.length() > 2_000 ? text.substring(0, 2_000) + " and more" : text;
    }

    private static byte[] mutated(byte[] input, Random random) {
        int at = random.nextInt(input.length + 1);
        int end = Math.min(input.length, at + random.nextInt(20));
        return switch (random.nextInt(7)) {
            case 0 ->
                joined(
                        input,
                        at,
                        at,
                        DICTIONARY.get(random.nextInt(DICTIONARY.size())).getBytes(UTF_8));
            case 1 ->
                joined(
                        input,
                        at,
                        end,
                        DICTIONARY.get(random.nextInt(DICTIONARY.size())).getBytes(UTF_8));
            case 2 -> joined(input, at, at, BYTES.get(random.nextInt(BYTES.size())));
            case 3 -> joined(input, at, end, new byte[0]);
            case 4 -> joined(input, at, at, new byte[] {(byte) random.nextInt(256)});
            case 5 -> joined(input, at, at, java.util.Arrays.copyOfRange(input, at, end));
            default -> joined(input, at, Math.min(input.length, at + 1), new byte[] {(byte) random.nextInt(256)});
        };
    }

    private static byte[] joined(byte[] input, int at, int end, byte[] inserted) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(input.length + inserted.length);
        out.write(input, 0, at);
        out.writeBytes(inserted);
        out.write(input, end, input.length - end);
        return out.toByteArray();
    }
}
