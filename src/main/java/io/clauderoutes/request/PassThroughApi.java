package io.clauderoutes.request;

import io.clauderoutes.ClaudeException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Calls of the API that are no prompts, each to the endpoint that is named: only there is known what was begun there. */
public interface PassThroughApi {

    /** Endpoints that take calls now, the one to be preferred first. */
    List<String> open();

    /** Whether an endpoint is a company gateway that takes bare prompts. */
    boolean isForPrompts(String endpoint);

    /**
     * Makes a call, without a second try, and has its good answer read while it is on the wire.
     *
     * @throws ClaudeException if there is no good answer, or it broke off
     */
    <T> T call(String endpoint, Call call, Reading<T> reading);

    /** Whether a call that failed so may have had its effect all the same. */
    boolean mayHaveBeenMade(ClaudeException failure);

    /**
     * What is called.
     *
     * @param headers that leave with it, by lower-case name; no credential is among them
     */
    record Call(String method, String path, Map<String, String> headers, Optional<Content> content) {

        public Call {
            headers = Map.copyOf(headers);
        }

        public static Call get(String path) {
            return new Call("GET", path, Map.of(), Optional.empty());
        }

        public static Call post(String path, Content content) {
            return new Call("POST", path, Map.of(), Optional.of(content));
        }
    }

    /** A JSON body that is written as it leaves; more than once, if a call has to be. */
    @FunctionalInterface
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** Reads a body. */
    @FunctionalInterface
    interface Reading<T> {
        T read(InputStream body) throws IOException;
    }
}
