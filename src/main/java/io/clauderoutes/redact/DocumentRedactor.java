package io.clauderoutes.redact;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * Redacts one JSON document of the API: strings, field names and numbers, each by its {@link Place}. It builds no tree. All
 * bytes that are not replaced stay, and a document in which nothing is replaced is the very same array.
 *
 * <p>Not for use by two threads.
 */
final class DocumentRedactor {

    private static final int DEEPEST = 200;
    private static final int CHUNK = 4096;
    private static final int SHORTEST_NUMBER = 13;

    private final RedactionPolicy policy;
    private final boolean keepsInput;
    private final boolean dropsThinking;
    private final RedactionListener listener;
    /** Characters of a string, as many as the longest one of the document may need, up to {@link #CHUNK}. */
    private char[] chars = {};

    private TextRedactor probe;
    private TextRedactor counting;
    private TextRedactor numbers;

    private byte[] json;
    private int at;
    private int depth;
    /** The type of each object at a place with fields, in the order in which the objects begin. */
    private byte[] types = new byte[64];

    private int objects;
    /** Whether this is the reading that collects the types, and changes nothing. */
    private boolean collecting;
    /** Whether nothing of what is read leaves. */
    private boolean dropping;

    private Output out;
    /** Bytes before here are in {@link #out}, or left out. */
    private int copied;

    /**
     * @param keepsInput whether the inputs of tools stay as they are
     * @param dropsThinking whether blocks of thinking are left out
     */
    DocumentRedactor(RedactionPolicy policy, boolean keepsInput, boolean dropsThinking, RedactionListener listener) {
        this.policy = policy;
        this.keepsInput = keepsInput;
        this.dropsThinking = dropsThinking;
        this.listener = listener;
    }

    /** What is no JSON document. The message quotes nothing of it. */
    static final class NotJson extends Exception {
        private static final long serialVersionUID = 1;

        NotJson(String what, int at) {
            super(what + " at byte " + at, null, false, false);
        }
    }

    /** Bytes as they are written. */
    private static final class Output extends ByteArrayOutputStream {
        private static final String ESCAPED = "\n\t\r\b\f";
        private static final String ESCAPES = "ntrbf";

        Output(int size) {
            super(size);
        }

        void quoted(char[] text, int from, int to) {
            for (int i = from; i < to; i++) {
                char c = text[i];
                if (c == '"' || c == '\\') {
                    write('\\');
                    write(c);
                } else if (c < ' ') {
                    escape(c);
                } else if (c < 0x80) {
                    write(c);
                } else if (c < 0x800) {
                    write(0xc0 | (c >> 6));
                    write(0x80 | (c & 0x3f));
                } else if (Character.isHighSurrogate(c) && i + 1 < to && Character.isLowSurrogate(text[i + 1])) {
                    int point = Character.toCodePoint(c, text[++i]);
                    write(0xf0 | (point >> 18));
                    write(0x80 | ((point >> 12) & 0x3f));
                    write(0x80 | ((point >> 6) & 0x3f));
                    write(0x80 | (point & 0x3f));
                } else if (Character.isSurrogate(c)) {
                    escape(c);
                } else {
                    write(0xe0 | (c >> 12));
                    write(0x80 | ((c >> 6) & 0x3f));
                    write(0x80 | (c & 0x3f));
                }
            }
        }

        private void escape(char c) {
            write('\\');
            int known = ESCAPED.indexOf(c);
            if (known >= 0) {
                write(ESCAPES.charAt(known));
                return;
            }
            write('u');
            for (int shift = 12; shift >= 0; shift -= 4) {
                write(Character.forDigit((c >> shift) & 0xf, 16));
            }
        }
    }

    /** The redacted document. */
    byte[] redact(byte[] document, Place root) throws NotJson {
        json = document;
        if (chars.length < CHUNK && chars.length < document.length) {
            chars = new char[Math.min(CHUNK, document.length + 1)];
        }
        out = null;
        copied = 0;
        collecting = true;
        document(root);
        collecting = false;
        document(root);
        json = null;
        if (out == null) {
            return document;
        }
        out.write(document, copied, document.length - copied);
        byte[] redacted = out.toByteArray();
        out = null;
        return redacted;
    }

    /** The redacted document; what is none is redacted as one text. */
    byte[] redacted(byte[] document, Place root) {
        try {
            return redact(document, root);
        } catch (NotJson text) {
            String plain = new String(document, UTF_8);
            String redacted = policy.redactor(listener).redact(plain);
            return redacted.equals(plain) ? document : redacted.getBytes(UTF_8);
        }
    }

    /** Redacts a document in each line. */
    byte[] lines(byte[] lines, Place root) {
        ByteArrayOutputStream all = new ByteArrayOutputStream(lines.length);
        int from = 0;
        while (from < lines.length) {
            int to = from;
            while (to < lines.length && lines[to] != '\n') {
                to++;
            }
            byte[] line = Arrays.copyOfRange(lines, from, to);
            all.writeBytes(line.length == 0 ? line : redacted(line, root));
            if (to < lines.length) {
                all.write('\n');
            }
            from = to + 1;
        }
        return all.toByteArray();
    }

    private void document(Place root) throws NotJson {
        at = json.length >= 3 && json[0] == (byte) 0xef && json[1] == (byte) 0xbb && json[2] == (byte) 0xbf ? 3 : 0;
        depth = 0;
        objects = 0;
        space();
        value(root);
        space();
        if (at < json.length) {
            throw wrong("something follows the document");
        }
    }

    private NotJson wrong(String what) {
        return new NotJson(what, at);
    }

    private void value(Place place) throws NotJson {
        switch (peek()) {
            case '{' -> object(place);
            case '[' -> array(place);
            case '"' -> string(place);
            default -> word(place);
        }
    }

    private byte peek() throws NotJson {
        if (at >= json.length) {
            throw wrong("the document ends");
        }
        return json[at];
    }

    private void space() {
        while (at < json.length && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) {
            at++;
        }
    }

    private void enter() throws NotJson {
        if (++depth > DEEPEST) {
            throw wrong("the document is nested deeper than " + DEEPEST + " levels");
        }
        at++;
        space();
    }

    private void object(Place place) throws NotJson {
        boolean hasFields = place.hasFields();
        Place inner = place == Place.INPUT && keepsInput ? Place.INPUT : Place.TEXT;
        int number = hasFields ? begin() : -1;
        int type = hasFields && !collecting ? types[number] : Place.OTHER_TYPE;
        boolean typed = false;
        enter();
        if (peek() == '}') {
            at++;
            depth--;
            return;
        }
        while (true) {
            if (peek() != '"') {
                throw wrong("a field has no name");
            }
            Place next = inner;
            if (hasFields) {
                String name = name();
                if (collecting && name.equals("type")) {
                    types[number] = typed ? Place.OTHER_TYPE : type();
                    typed = true;
                }
                next = place.field(type, name);
                if (next == Place.TEXT) {
                    string(Place.TEXT);
                } else {
                    skipString();
                }
            } else {
                string(inner);
            }
            space();
            if (peek() != ':') {
                throw wrong("a field has no value");
            }
            at++;
            space();
            value(next);
            space();
            byte c = peek();
            at++;
            if (c == '}') {
                depth--;
                return;
            }
            if (c != ',') {
                throw wrong("an object does not go on");
            }
            space();
        }
    }

    private int begin() {
        if (objects == types.length) {
            types = Arrays.copyOf(types, objects * 2);
        }
        if (collecting) {
            types[objects] = Place.OTHER_TYPE;
        }
        return objects++;
    }

    /** The name of the field that begins here. */
    private String name() throws NotJson {
        return shortString(at);
    }

    /** The type that the field whose name begins here gives. */
    private byte type() throws NotJson {
        int before = at;
        skipString();
        space();
        if (peek() != ':') {
            throw wrong("a field has no value");
        }
        at++;
        space();
        byte number = peek() == '"' ? Place.typeNumber(shortString(at)) : Place.OTHER_TYPE;
        at = before;
        return number;
    }

    /** A string that begins at {@code from}, unescaped; empty if it is too long to be a name that is known. */
    private String shortString(int from) throws NotJson {
        int before = at;
        at = from + 1;
        int length = chunk();
        boolean whole = peek() == '"';
        at = before;
        return whole ? new String(chars, 0, length) : "";
    }

    private void array(Place place) throws NotJson {
        enter();
        if (peek() == ']') {
            at++;
            depth--;
            return;
        }
        Place inner = place == Place.KEPT || place == Place.TYPE ? Place.TEXT : place;
        int behindLast = at;
        boolean any = false;
        while (true) {
            int from = at;
            boolean dropped = dropsThinking && !collecting && !dropping && place == Place.BLOCK && isThinking();
            dropping |= dropped;
            value(inner);
            int to = at;
            space();
            byte c = peek();
            at++;
            space();
            if (dropped) {
                dropping = false;
                leaveOut(any ? behindLast : from, any || c != ',' ? to : at);
            } else {
                behindLast = to;
                any = true;
            }
            if (c == ']') {
                depth--;
                return;
            }
            if (c != ',') {
                throw wrong("an array does not go on");
            }
        }
    }

    private boolean isThinking() {
        return json[at] == '{' && objects < types.length && Place.isThinking(types[objects]);
    }

    private void leaveOut(int from, int to) {
        copyTo(from);
        copied = to;
    }

    private void copyTo(int to) {
        if (out == null) {
            out = new Output(json.length + 16);
        }
        out.write(json, copied, to - copied);
        copied = to;
    }

    /** A number or a literal. */
    private void word(Place place) throws NotJson {
        int from = at;
        while (at < json.length && isOfWord(json[at])) {
            at++;
        }
        if (at == from) {
            throw wrong("a value is missing");
        }
        boolean number = json[from] == '-' || isDigit(json[from]);
        if (!number) {
            if (!is(from, "true") && !is(from, "false") && !is(from, "null")) {
                throw new NotJson("a word is no value", from);
            }
            return;
        }
        for (int i = from; i < at; i++) {
            if (json[i] >= 'a' && json[i] != 'e') {
                throw new NotJson("a number has letters", i);
            }
        }
        if (collecting || dropping || (place == Place.INPUT && keepsInput)) {
            return;
        }
        if (at - from < SHORTEST_NUMBER && !policy.hasPatterns()) {
            return;
        }
        String plain = ascii(from, at);
        if (numbers == null) {
            numbers = policy.numberRedactor(listener);
        }
        String redacted = numbers.redact(plain);
        if (!redacted.equals(plain)) {
            copyTo(from);
            out.write('"');
            out.quoted(redacted.toCharArray(), 0, redacted.length());
            out.write('"');
            copied = at;
        }
    }

    private String ascii(int from, int to) {
        char[] letters = new char[to - from];
        for (int i = 0; i < letters.length; i++) {
            letters[i] = (char) json[from + i];
        }
        return new String(letters);
    }

    private boolean is(int from, String word) {
        if (at - from != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (json[from + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDigit(byte c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isOfWord(byte c) {
        return isDigit(c) || (c >= 'a' && c <= 'z') || c == 'E' || c == '-' || c == '+' || c == '.';
    }

    private void string(Place place) throws NotJson {
        int from = at;
        skipString();
        if (collecting || dropping || stays(place, from + 1, at - 1) || at - from - 2 < policy.shortestMatch()) {
            return;
        }
        int to = at;
        if (probe == null) {
            probe = policy.redactor();
        }
        if (isReplacedIn(from)) {
            if (counting == null) {
                counting = policy.redactor(listener);
            }
            copyTo(from);
            write(from);
            copied = to;
        }
        at = to;
    }

    private boolean stays(Place place, int from, int to) {
        return switch (place) {
            case KEPT -> true;
            case INPUT -> keepsInput;
            case TYPE -> isTypeName(from, to);
            default -> false;
        };
    }

    private boolean isTypeName(int from, int to) {
        for (int i = from; i < to; i++) {
            boolean letter = json[i] >= 'a' && json[i] <= 'z';
            if (!letter && (i == from || !(json[i] == '_' || isDigit(json[i])))) {
                return false;
            }
        }
        return true;
    }

    private boolean isReplacedIn(int from) throws NotJson {
        long before = probe.changes();
        at = from + 1;
        RedactedText nowhere = RedactedText.NOWHERE;
        for (int length = chunk(); length > 0; length = chunk()) {
            probe.append(chars, length, nowhere);
        }
        probe.flush(nowhere);
        return probe.changes() != before;
    }

    private void write(int from) throws NotJson {
        out.write('"');
        RedactedText quoted = new RedactedText() {
            @Override
            public void keep(char[] text, int begin, int end) {
                out.quoted(text, begin, end);
            }

            @Override
            public void replace(int length, String by) {
                out.quoted(by.toCharArray(), 0, by.length());
            }
        };
        at = from + 1;
        for (int length = chunk(); length > 0; length = chunk()) {
            counting.append(chars, length, quoted);
        }
        counting.flush(quoted);
        out.write('"');
    }

    private void skipString() throws NotJson {
        at++;
        while (at < json.length) {
            byte c = json[at++];
            if (c == '"') {
                return;
            }
            if (c == '\\') {
                at++;
            }
        }
        throw wrong("a string does not end");
    }

    /** Unescapes more of the string at {@link #at}, up to its closing quote; says how many characters there were. */
    private int chunk() throws NotJson {
        int length = 0;
        while (length < chars.length - 1) {
            byte b = peek();
            if (b == '"') {
                return length;
            }
            at++;
            if (b == '\\') {
                chars[length++] = escaped();
            } else if (b >= 0) {
                chars[length++] = (char) b;
            } else {
                length = wide(b, length);
            }
        }
        return length;
    }

    private char escaped() throws NotJson {
        byte kind = peek();
        at++;
        return switch (kind) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'u' -> unicode();
            case '"', '\\', '/' -> (char) kind;
            default -> throw wrong("an escape is unknown");
        };
    }

    private char unicode() throws NotJson {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(peek(), 16);
            if (digit < 0) {
                throw wrong("an escape is unknown");
            }
            value = value << 4 | digit;
            at++;
        }
        return (char) value;
    }

    /** One character of several bytes. A byte that belongs to none is the character that stands for such. */
    private int wide(byte first, int length) {
        int more = (first & 0xe0) == 0xc0 ? 1 : (first & 0xf0) == 0xe0 ? 2 : (first & 0xf8) == 0xf0 ? 3 : 0;
        int point = first & (0x3f >> more);
        int i = 0;
        while (i < more && at + i < json.length && (json[at + i] & 0xc0) == 0x80) {
            point = point << 6 | (json[at + i] & 0x3f);
            i++;
        }
        if (more == 0 || i < more || !Character.isValidCodePoint(point)) {
            chars[length] = '\ufffd';
            return length + 1;
        }
        at += more;
        return length + Character.toChars(point, chars, length);
    }
}
