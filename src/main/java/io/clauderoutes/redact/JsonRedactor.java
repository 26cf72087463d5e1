package io.clauderoutes.redact;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/**
 * Redacts the strings and numbers of one JSON text that comes in pieces, such as a tool's input. Strings are looked at
 * unescaped, so that no escape hides anything; all that is not replaced keeps its characters. A number that is replaced
 * becomes a string.
 */
final class JsonRedactor implements PieceRedactor {

    private static final int LONGEST_NUMBER = 64;

    private final TextRedactor strings;
    private final TextRedactor numbers;
    private final StringBuilder decoded = new StringBuilder();
    private final StringBuilder number = new StringBuilder();
    private final StringBuilder escape = new StringBuilder();

    /** The characters that came in and are not decided yet. */
    private char[] source = new char[64];

    private int sourceStart;
    private int sourceEnd;
    /** For each character of the string that is not decided: how many it was written with. */
    private byte[] widths = new byte[64];

    private int widthsStart;
    private int widthsEnd;

    private boolean inString;

    JsonRedactor(RedactionPolicy policy, RedactionListener listener) {
        this.strings = policy.redactor(listener);
        this.numbers = policy.numberRedactor(listener);
    }

    @Override
    public void append(CharSequence piece, RedactedText out) {
        for (int i = 0; i < piece.length(); i++) {
            accept(piece.charAt(i), out);
        }
        release(out);
    }

    @Override
    public void flush(RedactedText out) {
        endNumber(out);
        decode(escape, 1);
        escape.setLength(0);
        release(out);
        endString(out);
        inString = false;
    }

    private void accept(char c, RedactedText out) {
        if (sourceEnd == source.length) {
            int length = sourceEnd - sourceStart;
            char[] room = length > source.length / 2 ? new char[source.length * 2] : source;
            System.arraycopy(source, sourceStart, room, 0, length);
            source = room;
            sourceStart = 0;
            sourceEnd = length;
        }
        source[sourceEnd++] = c;
        if (escape.length() > 0) {
            escaped(c);
        } else if (inString) {
            if (c == '"') {
                release(out);
                endString(out);
                keep(1, out);
                inString = false;
            } else if (c == '\\') {
                escape.append(c);
            } else {
                decoded.append(c);
                width(1);
            }
        } else if (isOfNumber(c)) {
            number.append(c);
            if (number.length() > LONGEST_NUMBER) {
                endNumber(out);
            }
        } else {
            endNumber(out);
            inString = c == '"';
            keep(1, out);
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
            width(width);
        }
    }

    private void width(int characters) {
        if (widthsEnd == widths.length) {
            int length = widthsEnd - widthsStart;
            byte[] room = length > widths.length / 2 ? new byte[widths.length * 2] : widths;
            System.arraycopy(widths, widthsStart, room, 0, length);
            widths = room;
            widthsStart = 0;
            widthsEnd = length;
        }
        widths[widthsEnd++] = (byte) characters;
    }

    private void release(RedactedText out) {
        if (decoded.length() > 0) {
            strings.append(decoded, written(out));
            decoded.setLength(0);
        }
    }

    private void endString(RedactedText out) {
        strings.flush(written(out));
    }

    /** Translates lengths of the string into lengths of the JSON that it was written in. */
    private RedactedText written(RedactedText out) {
        return new RedactedText() {
            @Override
            public void keep(char[] text, int from, int to) {
                JsonRedactor.this.keep(takeWidth(to - from), out);
            }

            @Override
            public void replace(int length, String text) {
                drop(
                        takeWidth(length),
                        new String(JsonStringEncoder.getInstance().quoteAsString(text)),
                        out);
            }
        };
    }

    private int takeWidth(int characters) {
        int width = 0;
        for (int i = 0; i < characters; i++) {
            width += widths[widthsStart++];
        }
        return width;
    }

    private void endNumber(RedactedText out) {
        if (number.length() > 0) {
            String plain = number.toString();
            String redacted = numbers.redact(plain);
            if (redacted.equals(plain)) {
                keep(number.length(), out);
            } else {
                drop(number.length(), '"' + redacted + '"', out);
            }
            number.setLength(0);
        }
    }

    private void keep(int characters, RedactedText out) {
        out.keep(source, sourceStart, sourceStart + characters);
        sourceStart += characters;
    }

    private void drop(int characters, String by, RedactedText out) {
        out.replace(characters, by);
        sourceStart += characters;
    }
}
