package io.clauderoutes.recorded;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * One recorded reply of the Messages API: an event stream, or a JSON document.
 *
 * @param sent the bytes that the endpoint sends, compressed if the recording is
 * @param body the bytes without compression
 */
record RecordedReply(Path file, int number, byte[] sent, byte[] body) {

    private static final ObjectMapper JSON = new ObjectMapper();

    boolean streamed() {
        return body[0] != '{';
    }

    boolean compressed() {
        return sent != body;
    }

    String name() {
        return file.getFileName() + " #" + number;
    }

    /**
     * The replies in a file: {@code *.sse} (the bytes of a stream), {@code *.chunks.txt} (the JSON of an event on each line),
     * {@code *.json} (a whole message) or {@code *.yaml} (a VCR cassette). A file of another kind holds none.
     */
    static List<RecordedReply> in(Path file) throws IOException {
        String name = file.toString();
        List<RecordedReply> replies = new ArrayList<>();
        if (name.endsWith(".sse")) {
            addTo(replies, file, Files.readAllBytes(file));
        } else if (name.endsWith(".chunks.txt")) {
            streams(replies, file);
        } else if (name.endsWith(".json")) {
            if (JSON.readTree(file.toFile()).path("type").asText().equals("message")) {
                addTo(replies, file, Files.readAllBytes(file));
            }
        } else if (name.endsWith(".yaml")) {
            cassette(replies, file);
        }
        return replies;
    }

    /** A file may hold several messages, one after the other. */
    private static void streams(List<RecordedReply> replies, Path file) throws IOException {
        StringBuilder stream = new StringBuilder();
        for (String line : Files.readAllLines(file)) {
            String data = line.strip();
            if (!data.isEmpty()) {
                String type = JSON.readTree(data).path("type").asText();
                stream.append("event: ")
                        .append(type)
                        .append("\ndata: ")
                        .append(data)
                        .append("\n\n");
                if (type.equals("message_stop")) {
                    addTo(replies, file, stream.toString().getBytes(UTF_8));
                    stream.setLength(0);
                }
            }
        }
        if (!stream.isEmpty()) {
            addTo(replies, file, stream.toString().getBytes(UTF_8));
        }
    }

    private static void cassette(List<RecordedReply> replies, Path file) throws IOException {
        LoadSettings settings =
                LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();
        JsonNode cassette;
        try (var in = Files.newInputStream(file)) {
            cassette = JSON.valueToTree(new Load(settings).loadFromInputStream(in));
        }
        for (JsonNode interaction : cassette.path("interactions")) {
            String uri = interaction.at("/request/uri").asText();
            JsonNode response = interaction.path("response");
            if (!uri.matches("https://api\\.anthropic\\.com/v1/messages([?].*)?")
                    || response.at("/status/code").asInt(200) != 200) {
                continue;
            }
            JsonNode parsed = response.path("parsed_body");
            if (parsed.isObject()) {
                addTo(replies, file, JSON.writeValueAsBytes(parsed));
            } else {
                addTo(replies, file, bytes(parsed.isTextual() ? parsed : response.at("/body/string")));
            }
        }
    }

    private static byte[] bytes(JsonNode body) throws IOException {
        return body.isBinary() ? body.binaryValue() : body.asText().getBytes(UTF_8);
    }

    private static void addTo(List<RecordedReply> replies, Path file, byte[] sent) throws IOException {
        byte[] body = sent;
        if (sent.length > 1 && sent[0] == 0x1f && sent[1] == (byte) 0x8b) {
            body = new GZIPInputStream(new ByteArrayInputStream(sent)).readAllBytes();
        }
        replies.add(new RecordedReply(file, replies.size(), sent, body));
    }
}
