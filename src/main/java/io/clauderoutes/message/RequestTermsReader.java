package io.clauderoutes.message;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.clauderoutes.ClaudeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

/**
 * Reads the fields of a request that its price depends on. What two readers could read in two ways is refused by its name: a
 * field that occurs twice, a number that is not written as a whole one.
 */
final class RequestTermsReader {

    private static final long MOST_TOKENS = 1_000_000_000;
    private static final long MOST_SEARCHES = 1_000_000;
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");
    private static final Pattern RUN_BY_THE_CLIENT = Pattern.compile("custom|(bash|text_editor|computer|memory)_.*");

    private final JsonValues values;

    RequestTermsReader(JsonValues values) {
        this.values = values;
    }

    RequestTerms read(byte[] json) {
        return read(json, reading -> {
            reading.request();
            return reading.terms();
        });
    }

    /** Refuses a request that cannot be written anew because one of its objects has a field twice. */
    void checkFields(byte[] json) {
        read(json, reading -> {
            reading.object("");
            return true;
        });
    }

    @FunctionalInterface
    private interface Use<T> {
        T of(Reading reading) throws IOException;
    }

    private <T> T read(byte[] json, Use<T> use) {
        try (JsonParser parser = values.parser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw JsonValues.rejected("a Messages request is a JSON object");
            }
            T read = use.of(new Reading(parser));
            if (parser.nextToken() != null) {
                throw JsonValues.rejected("something follows the request's closing brace");
            }
            return read;
        } catch (StreamConstraintsException tooMuch) {
            throw JsonValues.rejected("the request is nested too deep, or holds a text or number that is too long");
        } catch (JsonProcessingException notJson) {
            throw JsonValues.rejected("the request is not JSON" + JsonValues.place(notJson));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private enum Trait {
        CACHE_WRITES,
        FAST,
        IN_US,
        UNBOUNDED_INPUT
    }

    /** One pass over a request. */
    private static final class Reading {

        private final JsonParser parser;
        private final Set<String> otherModels = new HashSet<>();
        private final Set<Trait> traits = EnumSet.noneOf(Trait.class);
        private final AtomicReference<String> model = new AtomicReference<>("");
        private final AtomicLong maxTokens = new AtomicLong();
        private final AtomicLong webSearches = new AtomicLong();
        private final AtomicInteger images = new AtomicInteger();

        Reading(JsonParser parser) {
            this.parser = parser;
        }

        RequestTerms terms() {
            if (model.get().isEmpty()) {
                throw refused("model", "is missing: expected a text");
            }
            if (maxTokens.get() == 0) {
                throw refused("max_tokens", "is missing: expected a whole number of 1 or more");
            }
            return new RequestTerms(
                    model.get(),
                    maxTokens.get(),
                    otherModels,
                    new RequestTerms.PriceFactors(
                            traits.contains(Trait.CACHE_WRITES),
                            traits.contains(Trait.FAST),
                            traits.contains(Trait.IN_US),
                            webSearches.get()),
                    images.get(),
                    traits.contains(Trait.UNBOUNDED_INPUT));
        }

        void request() throws IOException {
            Set<String> names = new HashSet<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = once(names, "");
                JsonToken value = parser.nextToken();
                switch (name) {
                    case "model" -> {
                        if (value != JsonToken.VALUE_STRING || parser.getText().isBlank()) {
                            throw refused(name, "must be a text");
                        }
                        model.set(parser.getText());
                    }
                    case "max_tokens" -> maxTokens.set(whole(name, value, MOST_TOKENS));
                    case "speed" -> add(Trait.FAST, isFast(value));
                    case "inference_geo" -> add(Trait.IN_US, isBeyondGlobal(value));
                    case "tools" -> tools(value);
                    case "fallbacks" -> {
                        otherModels(value);
                    }
                    case "mcp_servers", "container", "context_management", "compaction" -> {
                        add(Trait.UNBOUNDED_INPUT, value != JsonToken.VALUE_NULL);
                        rest(value, name);
                    }
                    case "cache_control" -> {
                        add(Trait.CACHE_WRITES, value != JsonToken.VALUE_NULL);
                        rest(value, name);
                    }
                    default -> rest(value, name);
                }
            }
        }

        private void add(Trait trait, boolean holds) {
            if (holds) {
                traits.add(trait);
            }
        }

        private boolean isFast(JsonToken value) throws IOException {
            if (value == JsonToken.VALUE_NULL) {
                return false;
            }
            String speed = value == JsonToken.VALUE_STRING ? parser.getText() : "";
            if (!speed.equals("fast") && !speed.equals("standard")) {
                throw refused("speed", "must be \"standard\" or \"fast\"");
            }
            return speed.equals("fast");
        }

        private boolean isBeyondGlobal(JsonToken value) throws IOException {
            if (value == JsonToken.VALUE_NULL) {
                return false;
            }
            if (value != JsonToken.VALUE_STRING) {
                throw refused("inference_geo", "must be a text");
            }
            return !parser.getText().equals("global");
        }

        private long whole(String name, JsonToken value, long most) throws IOException {
            boolean isWhole =
                    value == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
            if (!isWhole || parser.getLongValue() < 1 || parser.getLongValue() > most) {
                throw refused(name, "must be a whole number from 1 to " + most + ", written in digits alone");
            }
            return parser.getLongValue();
        }

        /** Reads the rest of a value for duplicates, and for what makes the input larger or dearer. */
        private void rest(JsonToken value, String name) throws IOException {
            if (value == JsonToken.START_OBJECT) {
                object(name);
            } else if (value == JsonToken.START_ARRAY) {
                for (JsonToken item = parser.nextToken(); item != JsonToken.END_ARRAY; item = parser.nextToken()) {
                    rest(item, name);
                }
            }
        }

        private void object(String within) throws IOException {
            Set<String> names = new HashSet<>();
            String type = "";
            boolean pdf = false;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = once(names, within);
                JsonToken value = parser.nextToken();
                if (name.equals("type") && value == JsonToken.VALUE_STRING) {
                    type = parser.getText();
                } else if (name.equals("media_type") && value == JsonToken.VALUE_STRING) {
                    pdf = parser.getText().endsWith("pdf");
                } else if (name.equals("cache_control")) {
                    add(Trait.CACHE_WRITES, value != JsonToken.VALUE_NULL);
                } else if (name.equals("file_id")) {
                    traits.add(Trait.UNBOUNDED_INPUT);
                }
                rest(value, name);
            }
            if (within.equals("source")) {
                add(Trait.UNBOUNDED_INPUT, pdf || type.equals("url") || type.equals("file"));
                images.addAndGet(type.equals("base64") ? 1 : 0);
            }
        }

        private void tools(JsonToken tools) throws IOException {
            if (tools != JsonToken.START_ARRAY) {
                rest(tools, "tools");
                return;
            }
            int number = 0;
            for (JsonToken item = parser.nextToken(); item != JsonToken.END_ARRAY; item = parser.nextToken()) {
                if (item == JsonToken.START_OBJECT) {
                    tool("tools[" + number + "]");
                } else {
                    rest(item, "tools");
                }
                number++;
            }
        }

        private void tool(String place) throws IOException {
            Set<String> names = new HashSet<>();
            String type = "custom";
            long uses = 0;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = once(names, place);
                JsonToken value = parser.nextToken();
                switch (name) {
                    case "type" -> {
                        if (value != JsonToken.VALUE_STRING && value != JsonToken.VALUE_NULL) {
                            throw refused(place + ".type", "must be a text");
                        }
                        type = value == JsonToken.VALUE_NULL ? "custom" : parser.getText();
                    }
                    case "max_uses" -> {
                        if (value != JsonToken.VALUE_NULL) {
                            uses = whole(place + ".max_uses", value, MOST_SEARCHES);
                        }
                    }
                    case "model" -> {
                        if (value == JsonToken.VALUE_STRING) {
                            otherModels.add(parser.getText());
                        }
                        rest(value, name);
                    }
                    case "cache_control" -> {
                        add(Trait.CACHE_WRITES, value != JsonToken.VALUE_NULL);
                        rest(value, name);
                    }
                    default -> rest(value, name);
                }
            }
            if (!RUN_BY_THE_CLIENT.matcher(type).matches()) {
                traits.add(Trait.UNBOUNDED_INPUT);
            }
            if (type.startsWith("web_search")) {
                if (uses == 0) {
                    throw refused(
                            place + ".max_uses",
                            "is missing: web searches are billed, so expected how many there may be");
                }
                webSearches.addAndGet(uses);
            }
        }

        private void otherModels(JsonToken value) throws IOException {
            if (value == JsonToken.START_OBJECT || value == JsonToken.START_ARRAY) {
                boolean isObject = value == JsonToken.START_OBJECT;
                Set<String> names = new HashSet<>();
                for (JsonToken token = parser.nextToken();
                        token != JsonToken.END_OBJECT && token != JsonToken.END_ARRAY;
                        token = parser.nextToken()) {
                    if (token == JsonToken.FIELD_NAME) {
                        boolean isModel = once(names, "fallbacks").equals("model");
                        JsonToken inner = parser.nextToken();
                        if (isModel || inner == JsonToken.START_ARRAY || inner == JsonToken.START_OBJECT) {
                            otherModels(inner);
                        }
                    } else if (!isObject) {
                        otherModels(token);
                    }
                }
            } else if (value == JsonToken.VALUE_STRING) {
                otherModels.add(parser.getText());
            }
        }

        private String once(Set<String> names, String within) throws IOException {
            String name = parser.currentName();
            if (!names.add(name)) {
                String shown = NAME.matcher(name).matches() ? name : "a field";
                throw refused(within.isEmpty() ? shown : shown + " in " + within, "occurs twice");
            }
            return name;
        }

        private static ClaudeException.Rejected refused(String field, String why) {
            return JsonValues.rejected(field + " " + why);
        }
    }
}
