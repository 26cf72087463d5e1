package io.clauderoutes.batch;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.stream.OpenReply;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/** A reply from a batch. The stages read it like a reply to a call. */
record Answer(Framing framing, Frame message) implements OpenReply {

    @Override
    public InputStream body() {
        return new ByteArrayInputStream(message.bytes());
    }

    @Override
    public Map<String, String> headers() {
        return Map.of();
    }

    @Override
    public void alive(boolean content) {
        // it is here as a whole
    }

    @Override
    public ClaudeException failure(IOException cause) {
        return new ClaudeException.Unavailable(
                ApiError.ours(502, "api_error", "an answer out of a batch could not be read"), cause);
    }

    @Override
    public void finished() {
        // nothing is open
    }

    @Override
    public void abort() {
        // nothing is open
    }
}
