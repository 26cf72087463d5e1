package io.clauderoutes.message;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** Reads {@link RequestFeatures} off a request in one pass, without a tree of it. */
final class RequestFeaturesReader {

    private static final long NONE = -1;

    private final List<String> models = new ArrayList<>(1);
    private final AtomicLong maxTokens = new AtomicLong();
    private final AtomicLong thinkingBudget = new AtomicLong(NONE);
    private final List<String> serverTools = new ArrayList<>(0);
    private final Set<Feature> seen = EnumSet.noneOf(Feature.class);

    private enum Feature {
        TOOLS,
        MCP_SERVERS,
        CONTAINER,
        FILES
    }

    RequestFeatures read(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw JsonValues.rejected("a Messages request is a JSON object");
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (field) {
                case "model" -> model(parser, value);
                case "max_tokens" -> maxTokens.accumulateAndGet(count(parser, value), Math::max);
                case "tools" -> tools(parser, value);
                case "thinking" -> thinking(parser, value);
                case "mcp_servers" -> note(Feature.MCP_SERVERS, isSomething(parser, value));
                case "container" -> note(Feature.CONTAINER, isSomething(parser, value));
                default -> content(parser, value);
            }
        }
        long budget = thinkingBudget.get();
        return new RequestFeatures(
                models,
                maxTokens.get(),
                budget == NONE ? OptionalLong.empty() : OptionalLong.of(budget),
                new RequestFeatures.Tools(
                        seen.contains(Feature.TOOLS), serverTools, seen.contains(Feature.MCP_SERVERS)),
                seen.contains(Feature.CONTAINER),
                seen.contains(Feature.FILES));
    }

    private void model(JsonParser parser, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_STRING) {
            models.add(parser.getText());
        }
        parser.skipChildren();
    }

    /** A number as the API may read it. What is no number is taken for more than any limit. */
    private static long count(JsonParser parser, JsonToken value) throws IOException {
        if (value.isNumeric()) {
            double number = parser.getValueAsDouble();
            return number >= Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(0, (long) Math.ceil(number));
        }
        parser.skipChildren();
        return value == JsonToken.VALUE_NULL ? 0 : Long.MAX_VALUE;
    }

    private void note(Feature feature, boolean used) {
        if (used) {
            seen.add(feature);
        }
    }

    /** Null and an empty array or object are nothing. The value is read to its end. */
    private static boolean isSomething(JsonParser parser, JsonToken value) throws IOException {
        if (!value.isStructStart()) {
            return value != JsonToken.VALUE_NULL;
        }
        boolean something = false;
        for (int depth = 1; depth > 0; ) {
            JsonToken token = parser.nextToken();
            something |= !token.isStructEnd();
            depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        }
        return something;
    }

    private void tools(JsonParser parser, JsonToken value) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            note(Feature.TOOLS, isSomething(parser, value));
            return;
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                parser.skipChildren();
                continue;
            }
            String type = "custom";
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                if (parser.nextToken() == JsonToken.VALUE_STRING && field.equals("type")) {
                    type = parser.getText();
                }
                parser.skipChildren();
            }
            if (type.equals("custom")) {
                seen.add(Feature.TOOLS);
            } else {
                serverTools.add(type);
            }
        }
    }

    private void thinking(JsonParser parser, JsonToken value) throws IOException {
        if (value != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken token = parser.nextToken();
            if (field.equals("budget_tokens")) {
                thinkingBudget.accumulateAndGet(count(parser, token), Math::max);
            } else {
                parser.skipChildren();
            }
        }
    }

    /** Files are referred to by an id, wherever a block stands. */
    private void content(JsonParser parser, JsonToken value) throws IOException {
        if (!value.isStructStart()) {
            return;
        }
        for (int depth = 1; depth > 0; ) {
            JsonToken token = parser.nextToken();
            if (token == JsonToken.FIELD_NAME && parser.currentName().equals("file_id")) {
                seen.add(Feature.FILES);
            }
            depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        }
    }
}
