package io.clauderoutes.message;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Reads a {@link PromptOutline} off a request in one pass, without a tree of it. */
final class PromptOutlineReader {

    private static final int LONGEST = 4_200;

    private final StringBuilder message = new StringBuilder();
    private final AtomicLong messageLength = new AtomicLong();
    private final StringBuilder text = new StringBuilder();
    private final AtomicLong length = new AtomicLong();
    private final AtomicBoolean tools = new AtomicBoolean();
    private final AtomicLong thinkingBudget = new AtomicLong();

    PromptOutline read(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw JsonValues.rejected("a Messages request is a JSON object");
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            if (field.equals("messages") && value == JsonToken.START_ARRAY) {
                messages(parser);
            } else if (field.equals("tools") && value == JsonToken.START_ARRAY) {
                tools(parser);
            } else if (field.equals("thinking") && value == JsonToken.START_OBJECT) {
                thinking(parser);
            } else {
                parser.skipChildren();
            }
        }
        return new PromptOutline(text.toString(), length.get(), tools.get(), thinkingBudget.get());
    }

    private void messages(JsonParser parser) throws IOException {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == JsonToken.START_OBJECT) {
                message(parser);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void message(JsonParser parser) throws IOException {
        message.setLength(0);
        messageLength.set(0);
        boolean user = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            if (field.equals("role") && value == JsonToken.VALUE_STRING) {
                user = parser.getText().equals("user");
            } else if (field.equals("content") && value == JsonToken.VALUE_STRING) {
                add(parser.getText());
            } else if (field.equals("content") && value == JsonToken.START_ARRAY) {
                blocks(parser);
            } else {
                parser.skipChildren();
            }
        }
        if (user && messageLength.get() > 0) {
            text.setLength(0);
            text.append(message);
            length.set(messageLength.get());
        }
    }

    private void blocks(JsonParser parser) throws IOException {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                parser.skipChildren();
                continue;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                if (parser.nextToken() == JsonToken.VALUE_STRING && field.equals("text")) {
                    add(parser.getText());
                } else {
                    parser.skipChildren();
                }
            }
        }
    }

    private void add(String part) {
        if (messageLength.get() > 0) {
            message.append('\n');
        }
        messageLength.addAndGet(part.length());
        int room = Math.max(0, LONGEST - message.length());
        message.append(part, 0, Math.min(room, part.length()));
    }

    private void tools(JsonParser parser) throws IOException {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            tools.set(true);
            parser.skipChildren();
        }
    }

    private void thinking(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            if (parser.nextToken().isNumeric() && field.equals("budget_tokens")) {
                thinkingBudget.set(Math.max(0, parser.getValueAsLong()));
            } else {
                parser.skipChildren();
            }
        }
    }
}
