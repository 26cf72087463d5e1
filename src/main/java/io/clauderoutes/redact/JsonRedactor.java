package io.clauderoutes.redact;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/**
 * Redacts the strings and numbers of one JSON text that comes in pieces, such as a tool's input. Strings are looked at
 * unescaped, so that no escape hides anything; a number that is replaced becomes a string.
 */
final class JsonRedactor implements PieceRedactor {

    private static final int LONGEST_NUMBER = 64;

    private final TextRedactor strings;
    private final TextRedactor numbers;
    private final StringBuilder decoded = new StringBuilder();
    private final StringBuilder safe = new StringBuilder();
    private final StringBuilder number = new StringBuilder();
    private final StringBuilder escape = new StringBuilder();
    /** For each character of the string that may be held: how many it was written with. */
    private final StringBuilder widths = new StringBuilder();

    private boolean inString;

    JsonRedactor(RedactionPolicy policy, RedactionListener listener) {
        this.strings = policy.redactor(listener);
        this.numbers = policy.redactor(listener);
    }

    @Override
    public String append(String piece) {
        StringBuilder out = new StringBuilder(piece.length() + 16);
        for (int i = 0; i < piece.length(); i++) {
            accept(piece.charAt(i), out);
        }
        release(out);
        return out.length() == piece.length() && piece.contentEquals(out) ? piece : out.toString();
    }

    @Override
    public String flush() {
        StringBuilder out = new StringBuilder();
        endNumber(out);
        decode(escape, 1);
        escape.setLength(0);
        release(out);
        endString(out);
        inString = false;
        return out.toString();
    }

    @Override
    public int held() {
        int held = number.length() + escape.length();
        for (int i = 0; i < widths.length(); i++) {
            held += widths.charAt(i);
        }
        return held;
    }

    @Override
    public long changes() {
        return strings.changes() + numbers.changes();
    }

    private void accept(char c, StringBuilder out) {
        if (escape.length() > 0) {
            escaped(c);
        } else if (inString) {
            if (c == '"') {
                release(out);
                endString(out);
                out.append(c);
                inString = false;
            } else if (c == '\\') {
                escape.append(c);
            } else {
                decoded.append(c);
                widths.append((char) 1);
            }
        } else if (isOfNumber(c)) {
            number.append(c);
            if (number.length() > LONGEST_NUMBER) {
                endNumber(out);
            }
        } else {
            endNumber(out);
            inString = c == '"';
            out.append(c);
        }
    }

    private static boolean isOfNumber(char c) {
        return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
    }

    private void escaped(char c) {
        escape.append(c);
        char kind = escape.charAt(1);
        if (kind == 'u' && escape.length() < 6) {
            return;
        }
        switch (kind) {
            case 'n' -> decode("\n", 2);
            case 't' -> decode("\t", 2);
            case 'r' -> decode("\r", 2);
            case 'b' -> decode("\b", 2);
            case 'f' -> decode("\f", 2);
            case 'u' -> unicode();
            default -> decode(escape.substring(1), 2);
        }
        escape.setLength(0);
    }

    private void unicode() {
        try {
            decode(Character.toString((char) Integer.parseInt(escape, 2, 6, 16)), 6);
        } catch (NumberFormatException notHex) {
            decode(escape, 1);
        }
    }

    /** @param width of each character as it is written */
    private void decode(CharSequence characters, int width) {
        decoded.append(characters);
        for (int i = 0; i < characters.length(); i++) {
            widths.append((char) width);
        }
    }

    private void release(StringBuilder out) {
        if (decoded.length() > 0) {
            strings.append(decoded, safe);
            decoded.setLength(0);
            widths.delete(0, widths.length() - strings.held());
            quote(out);
        }
    }

    private void endString(StringBuilder out) {
        strings.flush(safe);
        widths.setLength(0);
        quote(out);
    }

    private void quote(StringBuilder out) {
        JsonStringEncoder.getInstance().quoteAsString(safe, out);
        safe.setLength(0);
    }

    private void endNumber(StringBuilder out) {
        if (number.length() > 0) {
            String plain = number.toString();
            String redacted = numbers.redact(plain);
            out.append(redacted.equals(plain) ? plain : '"' + redacted + '"');
            number.setLength(0);
        }
    }
}
