package io.clauderoutes.message;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.Frame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Requests as JSON. One that came as JSON is read only as far as is needed, because it may be large. */
final class RequestJson {

    private static final String TOO_MUCH = "the request is nested deeper than " + JsonValues.DEEPEST_NESTING
            + " levels, or holds a text or number that is too long";

    private static final List<String> COUNTABLE = List.of(
            "model",
            "messages",
            "system",
            "tools",
            "tool_choice",
            "thinking",
            "output_config",
            "cache_control",
            "mcp_servers",
            "speed");

    private final JsonValues values;
    private final RequestTermsReader terms;

    RequestJson(JsonValues values, RequestTermsReader terms) {
        this.values = values;
        this.terms = terms;
    }

    MessagesRequest request(List<ContentPart> parts, RequestDefaults fields) {
        ByteArrayBuilder bytes = new ByteArrayBuilder(RequestFields.size(parts));
        try (bytes;
                JsonGenerator json = values.generator(bytes)) {
            json.writeStartObject();
            json.writeStringField("model", fields.model());
            json.writeNumberField("max_tokens", fields.maxTokens());
            if (fields.stream()) {
                json.writeBooleanField("stream", true);
            }
            if (!fields.system().isEmpty()) {
                json.writeStringField("system", fields.system());
            }
            for (Map.Entry<String, JsonNode> option :
                    RequestFields.options(values.newObject(), fields.options()).properties()) {
                json.writeFieldName(option.getKey());
                json.writeTree(option.getValue());
            }
            json.writeArrayFieldStart("messages");
            json.writeStartObject();
            json.writeStringField("role", "user");
            json.writeFieldName("content");
            RequestFields.content(json, parts);
            json.writeEndObject();
            json.writeEndArray();
            json.writeEndObject();
            json.flush();
            return new MessagesRequest(
                    new Frame(bytes.toByteArray()), fields.model(), fields.maxTokens(), fields.stream());
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** The fields that {@code count_tokens} takes of a request. */
    byte[] countable(byte[] request) {
        ObjectNode tree = values.object(request, "the request");
        tree.retain(COUNTABLE);
        return values.bytes(tree);
    }

    MessagesRequest request(byte[] json, RequestDefaults defaults, Optional<Boolean> stream) {
        Head head = head(json);
        boolean wanted = stream.orElse(head.saysStream ? head.stream : defaults.stream());
        boolean addsSystem = !head.system && !defaults.system().isEmpty();
        boolean addsOptions = !defaults.options().equals(RequestOptions.NONE);
        boolean asItIs =
                head.model != null && head.maxTokens >= 0 && head.stream == wanted && !addsSystem && !addsOptions;
        String effectiveModel = head.model == null ? defaults.model() : head.model;
        long effectiveMaxTokens = head.maxTokens < 0 ? defaults.maxTokens() : head.maxTokens;
        if (asItIs) {
            return new MessagesRequest(new Frame(json), effectiveModel, effectiveMaxTokens, wanted);
        }
        terms.checkFields(json);
        ObjectNode completed = values.object(json, "the request");
        completed.put("model", effectiveModel);
        completed.put("max_tokens", effectiveMaxTokens);
        if (wanted || head.stream) {
            completed.put("stream", wanted);
        }
        if (addsSystem) {
            completed.put("system", defaults.system());
        }
        RequestFields.fillIn(completed, RequestFields.options(values.newObject(), defaults.options()));
        return new MessagesRequest(new Frame(values.bytes(completed)), effectiveModel, effectiveMaxTokens, wanted);
    }

    boolean isRequest(byte[] json) {
        try (JsonParser parser = values.parser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                if (parser.currentName().equals("messages")) {
                    return true;
                }
                parser.nextToken();
                parser.skipChildren();
            }
            return false;
        } catch (IOException unreadable) {
            throw refusal(unreadable);
        }
    }

    private record Head(String model, long maxTokens, boolean stream, boolean saysStream, boolean system) {}

    private Head head(byte[] json) {
        String model = null;
        long maxTokens = -1;
        boolean stream = false;
        boolean saysStream = false;
        boolean messages = false;
        boolean system = false;
        try (JsonParser parser = values.parser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw JsonValues.rejected("a Messages request is a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                switch (field) {
                    case "model" -> model = text(parser, value, field);
                    case "max_tokens" -> maxTokens = count(parser, value);
                    case "stream" -> {
                        saysStream = true;
                        stream = value == JsonToken.VALUE_TRUE;
                    }
                    case "system" -> {
                        system = value != JsonToken.VALUE_NULL;
                        parser.skipChildren();
                    }
                    case "messages" -> {
                        messages = value == JsonToken.START_ARRAY;
                        parser.skipChildren();
                    }
                    default -> parser.skipChildren();
                }
            }
            if (parser.nextToken() != null) {
                throw JsonValues.rejected("something follows the request's closing brace");
            }
        } catch (IOException unreadable) {
            throw refusal(unreadable);
        }
        if (!messages) {
            throw JsonValues.rejected("the request has no array \"messages\"");
        }
        return new Head(model, maxTokens, stream, saysStream, system);
    }

    private static String text(JsonParser parser, JsonToken value, String field) throws IOException {
        if (value != JsonToken.VALUE_STRING || parser.getText().isBlank()) {
            throw JsonValues.rejected("\"" + field + "\" must be a text");
        }
        return parser.getText();
    }

    private static long count(JsonParser parser, JsonToken value) throws IOException {
        if (value != JsonToken.VALUE_NUMBER_INT
                || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                || parser.getLongValue() < 0) {
            throw JsonValues.rejected("\"max_tokens\" must be a whole number of 0 or more");
        }
        return parser.getLongValue();
    }

    MessagesRequest requestAsItIs(byte[] json) {
        String model = "unknown";
        long maxTokens = 0;
        boolean stream = false;
        try (JsonParser parser = values.parser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw JsonValues.rejected("a Messages request is a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                if (field.equals("model")
                        && value == JsonToken.VALUE_STRING
                        && !parser.getText().isBlank()) {
                    model = parser.getText();
                } else if (field.equals("max_tokens")
                        && value == JsonToken.VALUE_NUMBER_INT
                        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
                    maxTokens = Math.max(0, parser.getValueAsLong());
                } else if (field.equals("stream")) {
                    stream = value == JsonToken.VALUE_TRUE;
                }
                parser.skipChildren();
            }
        } catch (IOException unreadable) {
            throw refusal(unreadable);
        }
        return new MessagesRequest(new Frame(json), model, maxTokens, stream);
    }

    /** The same request with another model, which is written in place of each that it names; all else stays byte for byte. */
    byte[] withModel(byte[] request, String model) {
        byte[] name = values.bytesOf(model);
        ByteArrayOutputStream out = new ByteArrayOutputStream(request.length + name.length);
        int copied = 0;
        try (JsonParser parser = values.parser(request)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean isModel = parser.currentName().equals("model");
                if (parser.nextToken() == JsonToken.VALUE_STRING && isModel) {
                    int begin = (int) parser.currentTokenLocation().getByteOffset();
                    parser.finishToken();
                    out.write(request, copied, begin - copied);
                    out.writeBytes(name);
                    copied = (int) parser.currentLocation().getByteOffset();
                }
                parser.skipChildren();
            }
        } catch (IOException unreadable) {
            throw refusal(unreadable);
        }
        out.write(request, copied, request.length - copied);
        return out.toByteArray();
    }

    RequestFeatures features(byte[] request) {
        try (JsonParser parser = values.parser(request)) {
            return new RequestFeaturesReader().read(parser);
        } catch (IOException unreadable) {
            throw refusal(unreadable);
        }
    }

    PromptOutline outline(byte[] request) {
        try (JsonParser parser = values.parser(request)) {
            return new PromptOutlineReader().read(parser);
        } catch (IOException unreadable) {
            throw refusal(unreadable);
        }
    }

    byte[] canonical(byte[] request) {
        try (JsonParser parser = values.parser(request)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw JsonValues.rejected("a Messages request is a JSON object");
            }
            return CanonicalJson.of(parser, request.length, "stream");
        } catch (IOException unreadable) {
            throw refusal(unreadable);
        }
    }

    private static RuntimeException refusal(IOException unreadable) {
        if (unreadable instanceof StreamConstraintsException) {
            return JsonValues.rejected(TOO_MUCH);
        }
        if (unreadable instanceof JsonProcessingException notJson) {
            return JsonValues.rejected("the request is not JSON" + JsonValues.place(notJson));
        }
        return new UncheckedIOException(unreadable);
    }

    Optional<String> onlyQuestion(byte[] request) {
        ObjectNode tree = values.object(request, "the request");
        JsonNode messages = tree.path("messages");
        if (messages.size() != 1
                || tree.has("tools")
                || !messages.path(0).path("role").asText().equals("user")) {
            return Optional.empty();
        }
        JsonNode content = messages.path(0).path("content");
        JsonNode text =
                content.isArray() && content.size() == 1 ? content.path(0).path("text") : content;
        return JsonValues.text(text);
    }
}
