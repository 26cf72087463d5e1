package io.clauderoutes.library;

/** A way to call Claude from Java, in the JVM of its caller. Safe for many threads. */
interface ClaudeLibrary extends AutoCloseable {

    /** Asks, and takes the answer whole. */
    void whole(String prompt) throws Exception;

    /** Asks, and takes the answer piece by piece; returns when all pieces have been taken. */
    void stream(String prompt) throws Exception;

    /** How many pieces of streams have been taken so far. */
    long pieces();
}
