package io.clauderoutes.source;

/** What a message's bytes are taken for. */
enum PromptFormat {
    AUTO,
    TEXT,
    JSON;

    /**
     * Whether the bytes are to be a Messages request. Under {@code auto} that is what begins with a brace and then a quote: a
     * text that begins so and is no request is refused rather than sent as a prompt.
     */
    boolean isRequest(byte[] bytes) {
        return this == JSON || (this == AUTO && beginsLikeAnObject(bytes));
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
