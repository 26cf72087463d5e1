package io.clauderoutes.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A reply as server-sent events. As on the real wire, a varying run of spaces stands before the last brace of an event,
 * and the counts of {@code message_delta} are totals.
 */
final class EventScript implements ReplyScript {

    /** While a thought is not shown, only pings tell that the stream is alive. */
    private static final int PING_EVERY = 4;

    private static final String SPACES = "                ";

    private final FinishedReply reply;
    private final int deltaChars;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    private final JsonGenerator json = Json.to(out);
    private State state = State.MESSAGE_START;
    private int block;
    private int at;
    private boolean pinged;
    private int hidden;
    private int padding;

    EventScript(FinishedReply reply, int deltaChars) {
        this.reply = reply;
        this.deltaChars = deltaChars;
        this.padding = reply.id().hashCode();
    }

    private enum State {
        MESSAGE_START,
        BLOCK_START,
        EMPTY_DELTA,
        DELTA,
        BLOCK_TAIL,
        MESSAGE_END,
        OVER
    }

    @Override
    public boolean hasNext() {
        return state != State.OVER;
    }

    @Override
    public Step next() {
        try {
            return switch (state) {
                case MESSAGE_START -> messageStart();
                case BLOCK_START -> blockStart();
                case EMPTY_DELTA -> emptyDelta();
                case DELTA -> delta();
                case BLOCK_TAIL -> blockTail();
                case MESSAGE_END, OVER -> messageEnd();
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Step messageStart() throws IOException {
        state = reply.blocks().isEmpty() ? State.MESSAGE_END : State.BLOCK_START;
        begin("message_start");
        ReplyJson.opening(json, reply);
        end();
        return step(Part.BEGINNING, 0);
    }

    private Step blockStart() throws IOException {
        FinishedReply.Block now = reply.blocks().get(block);
        at = 0;
        state = now.kind() == FinishedReply.Kind.TOOL_USE ? State.EMPTY_DELTA : State.DELTA;
        begin("content_block_start");
        json.writeNumberField("index", block);
        json.writeFieldName("content_block");
        ReplyJson.emptyBlock(json, now);
        end();
        if (!pinged) {
            pinged = true;
            ping();
        }
        return step(Part.BEGINNING, 0);
    }

    /** The input of a tool begins with nothing at all. */
    private Step emptyDelta() throws IOException {
        state = State.DELTA;
        beginDelta("input_json_delta");
        json.writeStringField("partial_json", "");
        endDelta();
        return step(Part.BEGINNING, 0);
    }

    private Step delta() throws IOException {
        FinishedReply.Block now = reply.blocks().get(block);
        String text = now.text();
        int end = Math.min(at + deltaChars, text.length());
        if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
            end++;
        }
        String piece = text.substring(at, end);
        int tokens = TokenCount.of(end) - TokenCount.of(at);
        at = end;
        if (end == text.length()) {
            state = State.BLOCK_TAIL;
        }
        switch (now.kind()) {
            case HIDDEN_THINKING -> {
                if (++hidden % PING_EVERY == 0) {
                    ping();
                }
            }
            case THINKING -> {
                beginDelta("thinking_delta");
                json.writeStringField("thinking", piece);
                endDelta();
            }
            case TOOL_USE -> {
                beginDelta("input_json_delta");
                json.writeStringField("partial_json", piece);
                endDelta();
            }
            default -> {
                beginDelta("text_delta");
                json.writeStringField("text", piece);
                endDelta();
            }
        }
        return step(now.kind() == FinishedReply.Kind.HIDDEN_THINKING ? Part.BEGINNING : Part.DELTA, tokens);
    }

    private Step blockTail() throws IOException {
        FinishedReply.Block now = reply.blocks().get(block);
        if (now.kind() == FinishedReply.Kind.THINKING || now.kind() == FinishedReply.Kind.HIDDEN_THINKING) {
            beginDelta("signature_delta");
            json.writeStringField("signature", ReplyJson.signature(now));
            endDelta();
        }
        if (now.kind() == FinishedReply.Kind.CITING_TEXT) {
            beginDelta("citations_delta");
            json.writeFieldName("citation");
            ReplyJson.citation(json);
            endDelta();
        }
        begin("content_block_stop");
        json.writeNumberField("index", block);
        end();
        block++;
        boolean last = block == reply.blocks().size();
        state = last ? State.MESSAGE_END : State.BLOCK_START;
        return step(last ? Part.END : Part.BEGINNING, 0);
    }

    private Step messageEnd() throws IOException {
        state = State.OVER;
        begin("message_delta");
        json.writeObjectFieldStart("delta");
        ReplyJson.stop(json, reply);
        json.writeNullField("container");
        json.writeEndObject();
        json.writeObjectFieldStart("usage");
        json.writeNumberField("input_tokens", reply.input().fresh());
        json.writeNumberField("cache_creation_input_tokens", reply.input().written());
        json.writeNumberField("cache_read_input_tokens", reply.input().read());
        json.writeNumberField("output_tokens", reply.outputTokens());
        json.writeObjectFieldStart("output_tokens_details");
        json.writeNumberField("thinking_tokens", reply.thinkingTokens());
        json.writeEndObject();
        json.writeNullField("server_tool_use");
        json.writeEndObject();
        end();
        begin("message_stop");
        end();
        return step(Part.END, 0);
    }

    @Override
    public byte[] error(String type, String message) {
        return frame(() -> {
            json.writeRaw("event: error\ndata: ");
            json.writeStartObject();
            json.writeStringField("type", "error");
            json.writeObjectFieldStart("error");
            json.writeNullField("details");
            json.writeStringField("type", type);
            json.writeStringField("message", message);
            json.writeEndObject();
            json.writeStringField("request_id", "req_" + reply.id().substring("msg_".length()));
            json.writeEndObject();
            json.writeRaw("\n\n");
        });
    }

    @Override
    public byte[] junk() {
        return "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"del<!>\n\n"
                .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] unknown() {
        return frame(() -> {
            json.writeRaw(": a comment\n\n");
            begin("content_block_glimmer");
            json.writeNumberField("index", block);
            end();
            beginDelta("shimmer_delta");
            json.writeStringField("shimmer", "of a kind that does not exist yet");
            endDelta();
        });
    }

    @Override
    public byte[] hugeBeginning() {
        return ("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":" + block
                        + ",\"delta\":{\"type\":\"text_delta\",\"text\":\"")
                .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] hugeEnd() {
        return "\"}}\n\n".getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public char filling() {
        return 'a';
    }

    private void ping() throws IOException {
        json.writeRaw("event: ping\ndata: {\"type\": \"ping\"}\n\n");
    }

    private void begin(String event) throws IOException {
        json.writeRaw("event: ");
        json.writeRaw(event);
        json.writeRaw("\ndata: ");
        json.writeStartObject();
        json.writeStringField("type", event);
    }

    private void end() throws IOException {
        padding = padding * 1_664_525 + 1_013_904_223;
        int spaces = padding >>> 28;
        json.writeRaw(SPACES, 0, spaces);
        json.writeEndObject();
        json.writeRaw("\n\n");
    }

    private void beginDelta(String type) throws IOException {
        begin("content_block_delta");
        json.writeNumberField("index", block);
        json.writeObjectFieldStart("delta");
        json.writeStringField("type", type);
    }

    private void endDelta() throws IOException {
        json.writeEndObject();
        end();
    }

    private Step step(Part part, int tokens) throws IOException {
        return new Bytes(taken(), part, tokens);
    }

    private byte[] taken() throws IOException {
        json.flush();
        byte[] bytes = out.toByteArray();
        out.reset();
        return bytes;
    }

    private byte[] frame(Frame frame) {
        try {
            frame.write();
            return taken();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @FunctionalInterface
    private interface Frame {
        void write() throws IOException;
    }
}
