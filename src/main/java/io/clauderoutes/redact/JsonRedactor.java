package io.clauderoutes.redact;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/**
 * Redacts the strings and numbers of one JSON text that comes in pieces, such as a tool's input. Strings are looked at
 * unescaped, so that no escape hides anything; a number that is replaced becomes a string.
 */
final class JsonRedactor {

    private static final int LONGEST_NUMBER = 64;

    private final TextRedactor strings;
    private final TextRedactor numbers;
    private final StringBuilder decoded = new StringBuilder();
    private final StringBuilder safe = new StringBuilder();
    private final StringBuilder number = new StringBuilder();
    private final StringBuilder escape = new StringBuilder();
    private boolean inString;

    JsonRedactor(RedactionPolicy policy, RedactionListener listener) {
        this.strings = policy.redactor(listener);
        this.numbers = policy.redactor(listener);
    }

    /** Takes in a piece and returns what is now safe: the very same string where nothing is held or replaced. */
    String append(String piece) {
        StringBuilder out = new StringBuilder(piece.length() + 16);
        for (int i = 0; i < piece.length(); i++) {
            accept(piece.charAt(i), out);
        }
        release(out);
        return out.length() == piece.length() && piece.contentEquals(out) ? piece : out.toString();
    }

    /** Ends the text and returns all that was held. */
    String flush() {
        StringBuilder out = new StringBuilder();
        endNumber(out);
        decoded.append(escape);
        escape.setLength(0);
        release(out);
        endString(out);
        inString = false;
        return out.toString();
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
            case 'n' -> decoded.append('\n');
            case 't' -> decoded.append('\t');
            case 'r' -> decoded.append('\r');
            case 'b' -> decoded.append('\b');
            case 'f' -> decoded.append('\f');
            case 'u' -> decoded.append(unicode());
            default -> decoded.append(kind);
        }
        escape.setLength(0);
    }

    private String unicode() {
        try {
            return Character.toString((char) Integer.parseInt(escape, 2, 6, 16));
        } catch (NumberFormatException notHex) {
            return escape.toString();
        }
    }

    private void release(StringBuilder out) {
        if (decoded.length() > 0) {
            strings.append(decoded, safe);
            decoded.setLength(0);
            quote(out);
        }
    }

    private void endString(StringBuilder out) {
        strings.flush(safe);
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
