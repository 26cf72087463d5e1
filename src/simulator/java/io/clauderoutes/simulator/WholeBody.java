package io.clauderoutes.simulator;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * An answer in one piece. Its tokens are made, and paid for, before its first byte is sent; for faults within it, its
 * body counts as deltas of a few bytes each.
 */
final class WholeBody implements ReplyScript {

    private static final byte[] NOTHING = {};

    private final byte[] body;
    private final int pieceBytes;
    private final int tokensPerStep;
    private int tokensLeft;
    private int at;

    private WholeBody(byte[] body, int pieceBytes, int tokens, int tokensPerStep) {
        this.body = body;
        this.pieceBytes = pieceBytes;
        this.tokensLeft = tokens;
        this.tokensPerStep = Math.max(1, tokensPerStep);
    }

    static WholeBody atOnce(byte[] body, int tokens) {
        return new WholeBody(body, body.length, tokens, tokens);
    }

    static WholeBody inPieces(byte[] body, int tokens, int deltaChars) {
        return new WholeBody(body, deltaChars, tokens, TokenCount.of(deltaChars));
    }

    static WholeBody paced(byte[] body, int tokens, int deltaChars) {
        return new WholeBody(body, body.length, tokens, TokenCount.of(deltaChars));
    }

    @Override
    public boolean hasNext() {
        return at < body.length;
    }

    @Override
    public Step next() {
        if (tokensLeft > 0) {
            int tokens = Math.min(tokensLeft, tokensPerStep);
            tokensLeft -= tokens;
            return new Bytes(NOTHING, Part.BEGINNING, tokens);
        }
        int end = Math.min(body.length, at + pieceBytes);
        byte[] piece = at == 0 && end == body.length ? body : Arrays.copyOfRange(body, at, end);
        at = end;
        return new Bytes(piece, end == body.length ? Part.END : Part.DELTA, 0);
    }

    /** Never asked for: an error becomes the status of an answer that is not streamed. */
    @Override
    public byte[] error(String type, String message) {
        return NOTHING;
    }

    @Override
    public byte[] junk() {
        return "<!>".getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] unknown() {
        return NOTHING;
    }

    @Override
    public byte[] hugeBeginning() {
        return NOTHING;
    }

    @Override
    public byte[] hugeEnd() {
        return NOTHING;
    }

    /** JSON allows for any number of spaces. */
    @Override
    public char filling() {
        return ' ';
    }
}
