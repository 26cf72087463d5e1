package io.clauderoutes.redact;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.ThreadMXBean;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.OpenReply;
import io.clauderoutes.stream.ReplyAssembler;
import io.clauderoutes.stream.ReplyReader;
import io.clauderoutes.stream.ReplyStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The time and the memory that each stage takes for a byte of the input that is worst for it: input that somebody sends to
 * keep the bundle busy. Run with {@code -Dbench.main=io.clauderoutes.redact.WorstCases}; the table is printed.
 */
public final class WorstCases {

    private static final int SIZE = 3_000_000;
    private static final int LARGEST = 64 * 1024 * 1024;
    private static final int ROUNDS = 4;

    private static final MessageJson JSON = new MessageJson();
    private static final RedactionRules RULES =
            new RedactionRules(new RedactionPolicy(RedactionSettings.all()), false, false);
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private WorstCases() {}

    @FunctionalInterface
    private interface Stage {
        void take(byte[] input) throws Exception;
    }

    private record Cost(String input, double nanosPerByte, double allocatedPerByte) {}

    public static void main(String... arguments) throws Exception {
        Map<String, String> values = values();
        System.out.println("| stage | worst input | ns a byte | s for 30 MB | bytes allocated a byte |");
        System.out.println("| --- | --- | ---: | ---: | ---: |");
        print("read a request", values, WorstCases::request, input -> JSON.requestAsItIs(input));
        print("key of the cache", values, WorstCases::request, input -> JSON.canonical(input));
        print("redaction of a request", values, WorstCases::request, input -> RULES.requests(RedactionListener.NONE)
                .redact(input, Place.REQUEST));
        print("frames of a stream and their events", values, WorstCases::stream, WorstCases::read);
        print("an event", values, WorstCases::event, input -> JSON.event(input));
        print("redaction of a stream", values, WorstCases::stream, WorstCases::redacted);
        print("fold into a reply", values, WorstCases::stream, WorstCases::folded);
        print("a whole reply, redacted and folded", values, WorstCases::reply, WorstCases::whole);
        print("an error", values, WorstCases::error, input -> JSON.error(400, Map.of(), input, Optional.empty()));
    }

    /** JSON values, each as long as all others. */
    private static Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("empty objects", list("{}"));
        values.put("empty texts", list("\"\""));
        values.put("short texts", list("\"abc123\""));
        values.put("cards", list("\"4111111111111111\""));
        values.put("numbers", list("4111111111111111"));
        values.put("names of one object", names(false));
        values.put("names in reverse order", names(true));
        values.put("objects 190 levels deep", list("{\"a\":".repeat(190) + "1" + "}".repeat(190)));
        values.put("blocks", list("{\"type\":\"text\",\"text\":\"a\"}"));
        values.put("blocks, type last", list("{\"text\":\"a\",\"type\":\"text\"}"));
        for (String part : List.of(
                "a",
                "1",
                "1111 ",
                "1111-",
                "4111 1111 1111 111 ",
                "a@b.c",
                "1.",
                "a1",
                "+1 (",
                "DE89 ",
                "eyJ.",
                "é",
                "①",
                "\u200b4",
                "\ud835\udfcf",
                "\\u0000",
                "\\ud83d",
                "\\\"",
                "\\n",
                "sk-ant-",
                "Bearer a.",
                "-----BEGIN ")) {
            values.put("a text of `" + part + "`", '"' + part.repeat(SIZE / part.getBytes(UTF_8).length) + '"');
        }
        return values;
    }

    private static String list(String element) {
        StringBuilder list = new StringBuilder("[").append(element);
        while (list.length() < SIZE) {
            list.append(',').append(element);
        }
        return list.append(']').toString();
    }

    private static String names(boolean reversed) {
        StringBuilder names = new StringBuilder("{");
        int many = SIZE / 12;
        for (int i = 0; i < many; i++) {
            names.append(i == 0 ? "\"" : ",\"")
                    .append(String.format(Locale.ROOT, "%07d", reversed ? many - i : i))
                    .append("\":1");
        }
        return names.append('}').toString();
    }

    private static byte[] request(String value) {
        return ("{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":" + value + "}]}")
                .getBytes(UTF_8);
    }

    private static byte[] event(String value) {
        return ("{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"new\",\"new\":" + value
                        + "}}")
                .getBytes(UTF_8);
    }

    private static byte[] reply(String value) {
        return ("{\"id\":\"msg_1\",\"type\":\"message\",\"content\":[{\"type\":\"new\",\"new\":" + value
                        + "}],\"stop_reason\":\"end_turn\",\"usage\":{}}")
                .getBytes(UTF_8);
    }

    private static byte[] error(String value) {
        return ("{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"a\",\"details\":" + value + "}}")
                .getBytes(UTF_8);
    }

    /** A text comes in deltas of 16 characters, anything else in a block. */
    private static byte[] stream(String value) {
        StringBuilder stream = new StringBuilder();
        frame(stream, "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"content\":[],\"usage\":{}}}");
        if (value.startsWith("\"") && !value.contains("\\")) {
            frame(
                    stream,
                    "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}");
            for (int at = 1; at < value.length() - 1; at += 16) {
                frame(
                        stream,
                        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\""
                                + value.substring(at, Math.min(value.length() - 1, at + 16)) + "\"}}");
            }
        } else {
            frame(stream, new String(event(value), UTF_8));
        }
        frame(stream, "{\"type\":\"content_block_stop\",\"index\":0}");
        frame(stream, "{\"type\":\"message_delta\",\"delta\":{},\"usage\":{}}");
        frame(stream, "{\"type\":\"message_stop\"}");
        return stream.toString().getBytes(UTF_8);
    }

    private static void frame(StringBuilder stream, String event) {
        stream.append("data: ").append(event).append("\n\n");
    }

    private static ReplyStream open(byte[] stream) {
        OpenReply reply = new OpenReply() {
            private final InputStream body = new ByteArrayInputStream(stream);

            @Override
            public Framing framing() {
                return Framing.EVENTS;
            }

            @Override
            public InputStream body() {
                return body;
            }

            @Override
            public Map<String, String> headers() {
                return Map.of();
            }

            @Override
            public void alive(boolean content) {
                // it is
            }

            @Override
            public ClaudeException failure(IOException cause) {
                throw new IllegalStateException(cause);
            }

            @Override
            public void finished() {
                // nothing is open
            }

            @Override
            public void abort() {
                // nothing is open
            }
        };
        return new ReplyReader(JSON, new PromptDialect(JSON), LARGEST, 16 * LARGEST).read(reply, "p", "m", junk -> {});
    }

    private static void read(byte[] stream) {
        open(stream).forEachRemaining(event -> {});
    }

    private static void redacted(byte[] stream) {
        new RedactedStream(open(stream), RULES, JSON, RedactionListener.NONE).forEachRemaining(event -> {});
    }

    private static void folded(byte[] stream) {
        fold(open(stream));
    }

    private static void whole(byte[] reply) {
        List<StreamEvent> events = new ArrayList<>(JSON.events(reply));
        fold(new RedactedStream(ReplyStream.of(events), RULES, JSON, RedactionListener.NONE));
    }

    private static void fold(ReplyStream events) {
        ReplyAssembler assembler = new ReplyAssembler(JSON);
        events.forEachRemaining(assembler::accept);
        JSON.bytes(assembler.reply().message());
    }

    private static void print(
            String name, Map<String, String> values, java.util.function.Function<String, byte[]> inputs, Stage stage)
            throws Exception {
        Cost worst = new Cost("", 0, 0);
        for (Map.Entry<String, String> value : values.entrySet()) {
            Cost cost = cost(value.getKey(), inputs.apply(value.getValue()), stage);
            if (Boolean.getBoolean("worst.all")) {
                System.err.printf(
                        Locale.ROOT,
                        "%s: %s %.1f ns, %.1f B%n",
                        name,
                        cost.input(),
                        cost.nanosPerByte(),
                        cost.allocatedPerByte());
            }
            worst = cost.nanosPerByte() > worst.nanosPerByte() ? cost : worst;
        }
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %.1f | %.2f | %.1f |%n",
                name,
                worst.input().replace("\u200b", "U+200B ").replace("\ud835\udfcf", "U+1D7CF"),
                worst.nanosPerByte(),
                worst.nanosPerByte() * 0.03,
                worst.allocatedPerByte());
    }

    private static Cost cost(String input, byte[] bytes, Stage stage) throws Exception {
        double fastest = Double.MAX_VALUE;
        long allocated = Long.MAX_VALUE;
        for (int i = 0; i < ROUNDS; i++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            long start = System.nanoTime();
            try {
                stage.take(bytes);
            } catch (ClaudeException | MessageJson.JunkFrame | DocumentRedactor.NotJson refused) {
                // To refuse it takes time as well.
            }
            fastest = Math.min(fastest, System.nanoTime() - start);
            allocated = Math.min(allocated, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return new Cost(input, fastest / bytes.length, (double) allocated / bytes.length);
    }
}
