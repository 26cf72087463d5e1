package io.clauderoutes.stream;

import io.clauderoutes.ClaudeException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/** An endpoint's answer of which the status has come and the body is still on the wire. */
public interface OpenReply {

    /** How the body is framed. */
    enum Framing {
        /** Server-sent events of the Messages API. */
        EVENTS,
        /** One message object of the Messages API. */
        MESSAGE,
        /** Frames {@code {"text":…}} separated by blank lines. */
        PROMPT_FRAMES,
        /** One object {@code {"text":…}}. */
        PROMPT_TEXT
    }

    Framing framing();

    InputStream body();

    /** Response headers of the API's own, by lower-case name. */
    Map<String, String> headers();

    /** The body of an error as it may be told: redacted by the policy of its request. */
    default byte[] redactedError(byte[] body) {
        return body;
    }

    /** An event has come: the endpoint is alive, and has begun to answer if it is content. */
    void alive(boolean content);

    /** Why reading the body failed, told in the words of the caller: a timeout, a cut connection. */
    ClaudeException failure(IOException cause);

    /** The body was read to its end. */
    void finished();

    /** The rest is not needed: the connection is closed, so that the endpoint stops. No effect once finished. */
    void abort();
}
