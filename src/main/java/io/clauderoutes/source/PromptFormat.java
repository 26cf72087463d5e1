package io.clauderoutes.source;

import io.clauderoutes.message.MessageJson;

/** What a message's bytes are taken for. */
enum PromptFormat {
    AUTO,
    TEXT,
    REQUEST,
    /** Another word for {@link #REQUEST}. */
    JSON;

    /**
     * Whether the bytes are a Messages request. With {@code auto} this is a JSON object that has {@code messages}. What begins
     * like a JSON object and is not JSON is refused: it can be a request that was cut off.
     */
    boolean isRequest(byte[] bytes, MessageJson json) {
        return isAlwaysRequest() || (this == AUTO && beginsLikeAnObject(bytes) && json.isRequest(bytes));
    }

    /** Whether anything else than a request is refused. */
    boolean isAlwaysRequest() {
        return this == REQUEST || this == JSON;
    }

    private static boolean beginsLikeAnObject(byte[] bytes) {
        int brace = skipSpace(bytes, 0);
        if (brace == bytes.length || bytes[brace] != '{') {
            return false;
        }
        int next = skipSpace(bytes, brace + 1);
        return next < bytes.length && bytes[next] == '"';
    }

    private static int skipSpace(byte[] bytes, int from) {
        int i = from;
        while (i < bytes.length && (bytes[i] == ' ' || bytes[i] == '\t' || bytes[i] == '\r' || bytes[i] == '\n')) {
            i++;
        }
        return i;
    }
}
