package io.clauderoutes.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What {@link StubClaude} does with one request, written down in the words of a test and played when the request has come. */
public final class StubReply {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long PATIENCE_SECONDS = 60;

    private final List<Action> actions = new ArrayList<>();
    private final boolean chunked;
    private boolean keepsConnection;
    private boolean singleBytes;

    /** One thing that is done to the connection. */
    @FunctionalInterface
    interface Action {
        void on(Socket socket, StubReply reply) throws IOException, InterruptedException;
    }

    private StubReply(boolean chunked) {
        this.chunked = chunked;
    }

    /** An event stream of which the head has left and nothing else. */
    public static StubReply stream() {
        return streamAs("text/event-stream; charset=utf-8");
    }

    /** A chunked body of another type. */
    public static StubReply streamAs(String contentType) {
        StubReply reply = new StubReply(true);
        return reply.bytes(("HTTP/1.1 200 OK\r\nContent-Type: " + contentType
                        + "\r\nrequest-id: req_stub\r\nTransfer-Encoding: chunked\r\n\r\n")
                .getBytes(UTF_8));
    }

    /** The whole stream of a message with this text, a delta for each piece. */
    public static StubReply says(String... pieces) {
        StubReply reply = stream().start();
        for (String piece : pieces) {
            reply.text(piece);
        }
        return reply.stop();
    }

    /**
     * The whole stream of a message that asks for tools.
     *
     * @param text before the calls
     * @param calls id, name and input as JSON of each, such as {@code toolu_1 weather {"city":"Graz"}}
     */
    public static StubReply asks(String text, String... calls) {
        return asking(text, calls)
                .messageDelta("tool_use", 12)
                .event(object("message_stop"))
                .end();
    }

    /** The same up to its last call: its end is still missing. */
    public static StubReply asking(String text, String... calls) {
        StubReply reply =
                stream().start().text(text).event(object("content_block_stop").put("index", 0));
        int index = 1;
        for (String call : calls) {
            String[] parts = call.split(" ", 3);
            ObjectNode start = object("content_block_start").put("index", index);
            start.putObject("content_block")
                    .put("type", "tool_use")
                    .put("id", parts[0])
                    .put("name", parts[1])
                    .putObject("input");
            reply.event(start);
            int half = parts[2].length() / 2;
            for (String piece : List.of(parts[2].substring(0, half), parts[2].substring(half))) {
                ObjectNode delta = object("content_block_delta").put("index", index);
                delta.putObject("delta").put("type", "input_json_delta").put("partial_json", piece);
                reply.event(delta);
            }
            reply.event(object("content_block_stop").put("index", index++));
        }
        return reply;
    }

    /** A whole message that asks for tools, not streamed. */
    public static StubReply messageThatAsks(String text, String... calls) {
        ObjectNode message = messageJson();
        var content = message.putArray("content");
        content.addObject().put("type", "text").put("text", text);
        for (String call : calls) {
            String[] parts = call.split(" ", 3);
            try {
                content.addObject()
                        .put("type", "tool_use")
                        .put("id", parts[0])
                        .put("name", parts[1])
                        .set("input", JSON.readTree(parts[2]));
            } catch (IOException notJson) {
                throw new IllegalArgumentException(notJson);
            }
        }
        message.put("stop_reason", "tool_use").putNull("stop_sequence");
        message.putObject("usage").put("input_tokens", 9).put("output_tokens", 12);
        return status(200, message.toString(), "request-id: req_stub");
    }

    /** A status with a body and the headers that are given as {@code name: value}. */
    public static StubReply status(int status, String body, String... headers) {
        return statusAs(status, "application/json", body.getBytes(UTF_8), headers);
    }

    public static StubReply statusAs(int status, String contentType, byte[] body, String... headers) {
        StubReply reply = new StubReply(false);
        reply.keepsConnection = true;
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Said\r\nContent-Type: " + contentType + "\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
        return reply.bytes(head.toString().getBytes(UTF_8)).bytes(body);
    }

    /** An error in the API's words. */
    public static StubReply error(int status, String type, String... headers) {
        return status(status, errorJson(type), headers);
    }

    /** A whole message, not streamed. */
    public static StubReply message(String text) {
        return messageThatStopped("end_turn", text);
    }

    public static StubReply messageThatStopped(String reason, String text) {
        ObjectNode message = messageJson();
        message.putArray("content").addObject().put("type", "text").put("text", text);
        message.put("stop_reason", reason).putNull("stop_sequence");
        message.putObject("usage").put("input_tokens", 9).put("output_tokens", 12);
        return status(200, message.toString(), "request-id: req_stub");
    }

    /** Exact bytes, head included, and then the connection is closed. */
    public static StubReply raw(String bytes) {
        return new StubReply(false).bytes(bytes.getBytes(UTF_8));
    }

    /** Not a byte, and a reset. */
    public static StubReply nothingButAReset() {
        return new StubReply(false).reset();
    }

    /** Not a byte until {@code released}. */
    public static StubReply silence(CountDownLatch released) {
        return new StubReply(false).waitFor(released);
    }

    public StubReply start() {
        ObjectNode message = messageJson();
        message.putArray("content");
        message.putNull("stop_reason").putNull("stop_sequence");
        message.putObject("usage")
                .put("input_tokens", 9)
                .put("cache_read_input_tokens", 1)
                .put("output_tokens", 1);
        return event(object("message_start").set("message", message)).startBlock();
    }

    private StubReply startBlock() {
        ObjectNode start = object("content_block_start").put("index", 0);
        start.putObject("content_block").put("type", "text").put("text", "");
        return event(start);
    }

    public StubReply text(String text) {
        ObjectNode delta = object("content_block_delta").put("index", 0);
        delta.putObject("delta").put("type", "text_delta").put("text", text);
        return event(delta);
    }

    /** The events that end a message, and the end of the body. */
    public StubReply stop() {
        return stopBecause("end_turn");
    }

    public StubReply stopBecause(String reason) {
        return event(object("content_block_stop").put("index", 0))
                .messageDelta(reason, 12)
                .event(object("message_stop"))
                .end();
    }

    /** A {@code message_delta}; as the API does, it repeats what the start has told. */
    public StubReply messageDelta(String reason, int outputTokens) {
        ObjectNode delta = object("message_delta");
        delta.putObject("delta").put("stop_reason", reason).putNull("stop_sequence");
        delta.putObject("usage")
                .put("input_tokens", 9)
                .put("cache_read_input_tokens", 1)
                .put("output_tokens", outputTokens);
        return event(delta);
    }

    public StubReply errorEvent(String type) {
        return sse("event: error\ndata: " + errorJson(type) + "\n\n");
    }

    public StubReply ping() {
        return event(object("ping"));
    }

    private StubReply event(Object json) {
        String type = ((ObjectNode) json).path("type").asText();
        return sse("event: " + type + "\ndata: " + json + "\n\n");
    }

    /** Text of the body as it is. */
    public StubReply sse(String text) {
        byte[] body = text.getBytes(UTF_8);
        return chunked
                ? bytes((Integer.toHexString(body.length) + "\r\n").getBytes(UTF_8))
                        .bytes(body)
                        .bytes("\r\n".getBytes(UTF_8))
                : bytes(body);
    }

    /** Text of the body, again and again until the caller has gone. */
    public StubReply endlessly(String text) {
        StubReply once = new StubReply(chunked).sse(text);
        actions.add((socket, reply) -> {
            while (true) {
                for (Action action : once.actions) {
                    action.on(socket, reply);
                }
            }
        });
        return this;
    }

    /** The end of the body as HTTP wants it, whatever the body says. */
    public StubReply end() {
        keepsConnection = true;
        return bytes("0\r\n\r\n".getBytes(UTF_8));
    }

    /** The connection is reset. */
    public StubReply reset() {
        actions.add((socket, reply) -> {
            socket.setSoLinger(true, 0);
            socket.close();
        });
        return this;
    }

    /** Nothing more until the test says so. */
    public StubReply waitFor(CountDownLatch released) {
        actions.add((socket, reply) -> {
            if (!released.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("nobody released the reply");
            }
        });
        return this;
    }

    /** Nothing at all until the test says so. */
    public StubReply waitBefore(CountDownLatch released) {
        waitFor(released);
        actions.add(0, actions.remove(actions.size() - 1));
        return this;
    }

    /** Tells the test that everything before it has left. */
    public StubReply tell(CountDownLatch sent) {
        actions.add((socket, reply) -> sent.countDown());
        return this;
    }

    /** The connection is closed after this reply without a word about it. */
    public StubReply hangUpAfter() {
        keepsConnection = false;
        return this;
    }

    /** So many milliseconds of silence: a pace, not a wait for something. */
    public StubReply pause(long millis) {
        actions.add((socket, reply) -> TimeUnit.MILLISECONDS.sleep(millis));
        return this;
    }

    /** So many milliseconds of silence before anything comes. */
    public StubReply late(long millis) {
        actions.add(0, (socket, reply) -> TimeUnit.MILLISECONDS.sleep(millis));
        return this;
    }

    public StubReply oneByteAtATime() {
        singleBytes = true;
        return this;
    }

    private StubReply bytes(byte[] bytes) {
        actions.add((socket, reply) -> {
            OutputStream out = socket.getOutputStream();
            if (reply.singleBytes) {
                for (byte b : bytes) {
                    out.write(b);
                    out.flush();
                }
            } else {
                out.write(bytes);
                out.flush();
            }
        });
        return this;
    }

    /** Plays the reply; says whether the connection serves another request. */
    boolean play(Socket socket) throws IOException, InterruptedException {
        for (Action action : List.copyOf(actions)) {
            action.on(socket, this);
        }
        return keepsConnection;
    }

    private static ObjectNode object(String type) {
        return JSON.createObjectNode().put("type", type);
    }

    private static ObjectNode messageJson() {
        return object("message").put("id", "msg_stub").put("role", "assistant").put("model", "claude-sonnet-5-5");
    }

    public static String errorJson(String type) {
        ObjectNode error = object("error").put("request_id", "req_stub");
        error.putObject("error").put("type", type).put("message", "The stub says " + type);
        return error.toString();
    }
}
