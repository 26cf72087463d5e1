package io.clauderoutes.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The fields of a message, for the whole one and for the events that carry its parts. */
final class ReplyJson {

    private static final String STANDARD = "standard";

    private ReplyJson() {}

    static byte[] whole(FinishedReply reply) {
        return whole(reply, STANDARD);
    }

    /** The same, at the price of a batch. */
    static byte[] wholeOfBatch(FinishedReply reply) {
        return whole(reply, "batch");
    }

    private static byte[] whole(FinishedReply reply, String tier) {
        return Json.write(json -> {
            json.writeStartObject();
            head(json, reply);
            json.writeArrayFieldStart("content");
            for (FinishedReply.Block block : reply.blocks()) {
                block(json, block);
            }
            json.writeEndArray();
            stop(json, reply);
            json.writeNullField("container");
            json.writeNullField("diagnostics");
            usage(json, reply, reply.outputTokens(), tier);
            json.writeEndObject();
        });
    }

    /** The message as it stands at its beginning: no content, no reason to stop, and a first few tokens. */
    static void opening(JsonGenerator json, FinishedReply reply) throws IOException {
        json.writeObjectFieldStart("message");
        head(json, reply);
        json.writeArrayFieldStart("content");
        json.writeEndArray();
        json.writeNullField("stop_reason");
        json.writeNullField("stop_sequence");
        json.writeNullField("stop_details");
        json.writeNullField("container");
        json.writeNullField("diagnostics");
        usage(json, reply, Math.min(3, reply.outputTokens()), STANDARD);
        json.writeEndObject();
    }

    static void stop(JsonGenerator json, FinishedReply reply) throws IOException {
        json.writeStringField("stop_reason", reply.stopReason());
        if (reply.stopSequence().isEmpty()) {
            json.writeNullField("stop_sequence");
        } else {
            json.writeStringField("stop_sequence", reply.stopSequence());
        }
        if (!reply.stopReason().equals("refusal")) {
            json.writeNullField("stop_details");
            return;
        }
        json.writeObjectFieldStart("stop_details");
        json.writeStringField("type", "refusal");
        if (reply.refusalCategory().isEmpty()) {
            json.writeNullField("category");
        } else {
            json.writeStringField("category", reply.refusalCategory());
        }
        json.writeNullField("explanation");
        json.writeEndObject();
    }

    static void emptyBlock(JsonGenerator json, FinishedReply.Block block) throws IOException {
        json.writeStartObject();
        switch (block.kind()) {
            case THINKING, HIDDEN_THINKING -> {
                json.writeStringField("type", "thinking");
                json.writeStringField("thinking", "");
                json.writeStringField("signature", "");
            }
            case TOOL_USE -> {
                toolUse(json, block);
                json.writeObjectFieldStart("input");
                json.writeEndObject();
                caller(json);
            }
            case CITING_TEXT -> {
                json.writeStringField("type", "text");
                json.writeStringField("text", "");
                json.writeArrayFieldStart("citations");
                json.writeEndArray();
            }
            case TEXT -> {
                json.writeStringField("type", "text");
                json.writeStringField("text", "");
            }
        }
        json.writeEndObject();
    }

    static String signature(FinishedReply.Block block) {
        String source = "signed:" + block.text().hashCode();
        return Base64.getEncoder().encodeToString(source.getBytes(StandardCharsets.UTF_8));
    }

    static void citation(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "char_location");
        json.writeStringField("cited_text", "As the document says.");
        json.writeNumberField("document_index", 0);
        json.writeNullField("document_title");
        json.writeNullField("file_id");
        json.writeNumberField("start_char_index", 0);
        json.writeNumberField("end_char_index", 21);
        json.writeEndObject();
    }

    private static void block(JsonGenerator json, FinishedReply.Block block) throws IOException {
        json.writeStartObject();
        switch (block.kind()) {
            case THINKING, HIDDEN_THINKING -> {
                json.writeStringField("type", "thinking");
                json.writeStringField("thinking", block.kind() == FinishedReply.Kind.THINKING ? block.text() : "");
                json.writeStringField("signature", signature(block));
            }
            case TOOL_USE -> {
                toolUse(json, block);
                json.writeFieldName("input");
                json.writeRawValue(complete(block.text()) ? block.text() : "{}");
                caller(json);
            }
            case TEXT -> {
                json.writeStringField("type", "text");
                json.writeStringField("text", block.text());
                json.writeNullField("citations");
            }
            case CITING_TEXT -> {
                json.writeStringField("type", "text");
                json.writeStringField("text", block.text());
                json.writeArrayFieldStart("citations");
                citation(json);
                json.writeEndArray();
            }
        }
        json.writeEndObject();
    }

    private static void head(JsonGenerator json, FinishedReply reply) throws IOException {
        json.writeStringField("id", reply.id());
        json.writeStringField("type", "message");
        json.writeStringField("role", "assistant");
        json.writeStringField("model", reply.model());
    }

    private static void toolUse(JsonGenerator json, FinishedReply.Block block) throws IOException {
        json.writeStringField("type", "tool_use");
        json.writeStringField("id", block.id());
        json.writeStringField("name", block.name());
    }

    private static void caller(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("caller");
        json.writeStringField("type", "direct");
        json.writeEndObject();
    }

    /** Input that was cut off by {@code max_tokens} cannot be shown as an object. */
    private static boolean complete(String input) {
        return input.endsWith("}") && Json.isValid(input);
    }

    private static void usage(JsonGenerator json, FinishedReply reply, int outputTokens, String tier)
            throws IOException {
        PromptCache.Input input = reply.input();
        json.writeObjectFieldStart("usage");
        json.writeNumberField("input_tokens", input.fresh());
        json.writeNumberField("cache_creation_input_tokens", input.written());
        json.writeNumberField("cache_read_input_tokens", input.read());
        json.writeObjectFieldStart("cache_creation");
        json.writeNumberField("ephemeral_5m_input_tokens", input.writtenForMinutes());
        json.writeNumberField("ephemeral_1h_input_tokens", input.writtenForAnHour());
        json.writeEndObject();
        json.writeNumberField("output_tokens", outputTokens);
        json.writeObjectFieldStart("output_tokens_details");
        json.writeNumberField("thinking_tokens", Math.min(outputTokens, reply.thinkingTokens()));
        json.writeEndObject();
        json.writeNullField("server_tool_use");
        json.writeStringField("service_tier", tier);
        json.writeStringField("inference_geo", "global");
        json.writeStringField("speed", "standard");
        json.writeEndObject();
    }
}
