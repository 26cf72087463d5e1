package io.clauderoutes.message;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.clauderoutes.Frame;
import io.clauderoutes.message.ClientMessage.Cancel;
import io.clauderoutes.message.ClientMessage.Credit;
import io.clauderoutes.message.ClientMessage.Invalid;
import io.clauderoutes.message.ClientMessage.Ping;
import io.clauderoutes.message.ClientMessage.Resume;
import io.clauderoutes.message.ClientMessage.Send;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Reads the messages of WebSocket clients in one pass. The body of a request is cut out as it is. */
final class ClientMessageReader {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,64}");
    private static final Pattern HEADER_NAME = Pattern.compile("[a-z0-9-]{1,100}");
    private static final int MOST_HEADERS = 50;
    private static final int LONGEST_HEADER = 8 * 1024;
    private static final String TYPES = "expected request, cancel, credit, resume or ping";

    private final JsonValues values;

    ClientMessageReader(JsonValues values) {
        this.values = values;
    }

    /** A field that is not as it should be. */
    private static final class Problem extends Exception {
        private static final long serialVersionUID = 1L;

        Problem(String message) {
            super(message, null, false, false);
        }
    }

    ClientMessage read(byte[] json) {
        Map<String, Object> fields = new HashMap<>();
        try (JsonParser parser = values.parser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return new Invalid("", "a message is a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (fields.put(name, value(name, parser, json)) != null) {
                    throw new Problem("a field occurs twice");
                }
            }
            if (parser.nextToken() != null) {
                throw new Problem("there is more text after the JSON object: send one object in each message");
            }
            return message(fields);
        } catch (Problem problem) {
            return new Invalid(id(fields), problem.getMessage());
        } catch (JsonProcessingException notJson) {
            return new Invalid(id(fields), "the message is not JSON" + JsonValues.place(notJson));
        } catch (IOException unreadable) {
            return new Invalid(id(fields), "the message cannot be read");
        }
    }

    private static Object value(String name, JsonParser parser, byte[] json) throws IOException, Problem {
        return switch (name) {
            case "type", "stream" -> text(name, parser);
            case "id" -> id(parser);
            case "body" -> object(parser, json);
            case "headers" -> headers(parser);
            case "after", "credit", "events" -> number(name, parser);
            default ->
                throw new Problem("there is an unknown field: expected type, id, body, headers, stream, after,"
                        + " credit and events");
        };
    }

    private static String text(String name, JsonParser parser) throws IOException, Problem {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw new Problem(name + ": expected a text");
        }
        return parser.getText();
    }

    private static String id(JsonParser parser) throws IOException, Problem {
        String id = text("id", parser);
        if (!ID.matcher(id).matches()) {
            throw new Problem("id: expected 1 to 64 letters, digits and the characters . _ : -");
        }
        return id;
    }

    private static Long number(String name, JsonParser parser) throws IOException, Problem {
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
                && parser.getLongValue() >= 0) {
            return parser.getLongValue();
        }
        throw new Problem(name + ": expected a whole number from 0 on");
    }

    private static Frame object(JsonParser parser, byte[] json) throws IOException, Problem {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new Problem("body: expected a JSON object, the request of the Messages API");
        }
        int begin = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        return new Frame(
                Arrays.copyOfRange(json, begin, (int) parser.currentLocation().getByteOffset()));
    }

    private static Map<String, String> headers(JsonParser parser) throws IOException, Problem {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new Problem("headers: expected a JSON object of texts");
        }
        Map<String, String> headers = new HashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName().toLowerCase(Locale.ROOT);
            parser.nextToken();
            String value = text("headers", parser);
            boolean isPlain = value.length() <= LONGEST_HEADER
                    && value.chars().allMatch(character -> character == '\t' || (character >= ' ' && character < 127));
            if (!HEADER_NAME.matcher(name).matches() || !isPlain || headers.size() >= MOST_HEADERS) {
                throw new Problem("headers: expected at most " + MOST_HEADERS
                        + " names of letters, digits and -, with values of at most " + LONGEST_HEADER
                        + " printable ASCII characters");
            }
            headers.put(name, value);
        }
        return headers;
    }

    private static ClientMessage message(Map<String, Object> fields) throws Problem {
        return switch ((String) fields.getOrDefault("type", "")) {
            case "request" -> send(fields);
            case "resume" -> resume(fields);
            case "cancel" -> new Cancel(needed(fields));
            case "credit" ->
                new Credit(
                        needed(fields),
                        number(fields, "events")
                                .orElseThrow(() -> new Problem("events: expected a whole number from 0 on")));
            case "ping" -> new Ping(id(fields));
            default -> throw new Problem("type: " + TYPES);
        };
    }

    @SuppressWarnings("unchecked")
    private static Send send(Map<String, Object> fields) throws Problem {
        if (!(fields.get("body") instanceof Frame body)) {
            throw new Problem("body: expected a JSON object, the request of the Messages API");
        }
        return new Send(
                needed(fields),
                body,
                (Map<String, String>) fields.getOrDefault("headers", Map.of()),
                number(fields, "credit"));
    }

    private static Resume resume(Map<String, Object> fields) throws Problem {
        if (!(fields.get("stream") instanceof String stream) || stream.isEmpty()) {
            throw new Problem("stream: expected the id of the reply, from the message accepted");
        }
        return new Resume(needed(fields), stream, number(fields, "after").orElse(0), number(fields, "credit"));
    }

    private static String id(Map<String, Object> fields) {
        return (String) fields.getOrDefault("id", "");
    }

    private static OptionalLong number(Map<String, Object> fields, String name) {
        return fields.get(name) instanceof Long number ? OptionalLong.of(number) : OptionalLong.empty();
    }

    private static String needed(Map<String, Object> fields) throws Problem {
        if (id(fields).isEmpty()) {
            throw new Problem("id: expected 1 to 64 letters, digits and the characters . _ : -");
        }
        return id(fields);
    }
}
