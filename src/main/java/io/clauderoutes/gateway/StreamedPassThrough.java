package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Frame;
import io.clauderoutes.call.PassThroughCalls;
import io.clauderoutes.call.PassThroughCalls.Upload;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.stream.JsonLines;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

/**
 * Passes requests on for clients with credentials of the endpoint's own, with bodies of any size: each body is passed on while it
 * comes, with backpressure. Errors and the results of batches are redacted.
 */
public final class StreamedPassThrough {

    private static final Pattern RESULTS = Pattern.compile("/v1/messages/batches/[^/]+/results");
    private static final int BAD_REQUEST = 400;
    private static final int LONGEST_ERROR = 1024 * 1024;

    private final PassThroughCalls calls;
    private final MessageJson json;
    private final RequestOutcomes outcomes;
    private final BiFunction<Optional<String>, byte[], byte[]> redaction;
    private final int longestLine;
    private final Duration writeTimeout;

    /**
     * Passes requests on.
     *
     * @param redaction redacts a line of results by the policy of this name
     * @param longestLine bytes that a line of results may have
     * @param writeTimeout how long a part of a response may wait for its client
     */
    public StreamedPassThrough(
            PassThroughCalls calls,
            MessageJson json,
            RequestOutcomes outcomes,
            BiFunction<Optional<String>, byte[], byte[]> redaction,
            int longestLine,
            Duration writeTimeout) {
        this.calls = calls;
        this.json = json;
        this.outcomes = outcomes;
        this.redaction = redaction;
        this.longestLine = longestLine;
        this.writeTimeout = writeTimeout;
    }

    /** Whether a path is that of a batch's results. */
    static boolean isResults(String path) {
        return RESULTS.matcher(path).matches();
    }

    /** Passes a request on. Its response has ended when this returns. */
    void pass(HttpServerRequest request, Optional<Upload> body, Client client) {
        Passing passing = new Passing(request, client);
        try {
            calls.transfer(
                    PassThroughEndpoint.asked(request, GatewayPaths.plain(request.path()), client),
                    body,
                    passing::receive);
            passing.end();
        } catch (ClaudeException failure) {
            passing.fail(failure);
        }
    }

    /** One request. */
    private final class Passing {
        private final HttpServerRequest request;
        private final HttpServerResponse response;
        private final Client client;
        private Optional<ResponseStream> stream = Optional.empty();

        Passing(HttpServerRequest request, Client client) {
            this.request = request;
            this.response = request.response();
            this.client = client;
        }

        void receive(int status, Map<String, String> headers, InputStream body) throws IOException {
            if (status >= BAD_REQUEST) {
                ApiError error = json.error(status, headers, body.readNBytes(LONGEST_ERROR), Optional.empty());
                refuse(error, headers);
                return;
            }
            response.setStatusCode(status).setChunked(true);
            headers.forEach(response::putHeader);
            if (!headers.containsKey(RequestIds.HEADER)) {
                response.putHeader(RequestIds.HEADER, RequestIds.next());
            }
            ResponseStream out = new ResponseStream(Vertx.currentContext(), response, writeTimeout);
            stream = Optional.of(out);
            if (isResults(GatewayPaths.plain(request.path()))) {
                new JsonLines(body, longestLine).read(new ResultLines(out));
            } else {
                body.transferTo(out);
            }
        }

        private void refuse(ApiError refusal, Map<String, String> headers) {
            ApiError error = RequestIds.named(refusal);
            error.requestId().ifPresent(id -> headers.putIfAbsent(RequestIds.HEADER, id));
            outcomes.refused(response.headers().get(Correlation.REQUEST_ID), client.name(), error);
            PassThroughEndpoint.send(
                    new PlainResponse(error.status(), headers, new Frame(json.bytes(error))), response);
        }

        void end() {
            try {
                if (stream.isPresent()) {
                    stream.get().close();
                }
            } catch (IOException broken) {
                response.reset();
            }
        }

        void fail(ClaudeException failure) {
            if (stream.isPresent()) {
                outcomes.refused(response.headers().get(Correlation.REQUEST_ID), client.name(), failure.error());
                stream.get().abort();
                return;
            }
            Map<String, String> headers =
                    new HashMap<>(failure.error().response().headers());
            if (!request.isEnded()) {
                // The rest of the body is not read.
                headers.put("connection", "close");
            }
            refuse(failure.error(), headers);
        }
    }

    /** Redacts the results of a batch. */
    private final class ResultLines implements JsonLines.Lines {
        private final OutputStream out;

        ResultLines(OutputStream out) {
            this.out = out;
        }

        @Override
        public void line(byte[] line) throws IOException {
            out.write(redaction.apply(Optional.empty(), line));
            out.write('\n');
        }

        @Override
        public void tooLong() {
            throw new ClaudeException.Unavailable(ApiError.unreadable(
                    "too_large", "a result of the batch is longer than claude.split.max-reply-bytes"));
        }
    }
}
