package io.clauderoutes.simulator;

import java.nio.charset.StandardCharsets;

/** A text as the company gateways stream it: bare JSON objects with a blank line after each, and no last event. */
final class PromptScript implements ReplyScript {

    private final String text;
    private final int deltaChars;
    private int at;
    private boolean over;

    PromptScript(String text, int deltaChars) {
        this.text = text;
        this.deltaChars = deltaChars;
    }

    @Override
    public boolean hasNext() {
        return !over;
    }

    @Override
    public Step next() {
        if (at == text.length()) {
            over = true;
            return new Bytes(new byte[0], Part.END, 0);
        }
        int end = Math.min(at + deltaChars, text.length());
        if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
            end++;
        }
        String piece = text.substring(at, end);
        int tokens = TokenCount.of(end) - TokenCount.of(at);
        at = end;
        return new Bytes(frame("text", piece), Part.DELTA, tokens);
    }

    @Override
    public byte[] error(String type, String message) {
        return frame("error", type + ": " + message);
    }

    @Override
    public byte[] junk() {
        return "{\"text\": <!>\n\n".getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] unknown() {
        return frame("note", "of a kind that does not exist yet");
    }

    @Override
    public byte[] hugeBeginning() {
        return "{\"text\":\"".getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] hugeEnd() {
        return "\"}\n\n".getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public char filling() {
        return 'a';
    }

    private static byte[] frame(String field, String value) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField(field, value);
            json.writeEndObject();
            json.writeRaw("\n\n");
        });
    }
}
