package io.clauderoutes.message;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/**
 * Writes JSON in one form for all ways to write it, while it is read and without a tree of it: fields sorted, no white space,
 * one way to escape. Numbers keep their text, and of fields with one name the last counts.
 */
final class CanonicalJson extends ByteArrayOutputStream {

    private static final HexFormat HEX = HexFormat.of();
    private static final int FEW_FIELDS = 4;

    private final JsonParser parser;

    /** Each object in the order in which they begin; null if its fields came in order. */
    private final List<Unsorted> objects = new ArrayList<>();

    private CanonicalJson(JsonParser parser, int size) {
        super(size);
        this.parser = parser;
    }

    /**
     * The object at whose beginning {@code parser} stands.
     *
     * @param size of the JSON that is read, as a first guess
     * @param leftOut the name of a field of this very object that does not count
     */
    static byte[] of(JsonParser parser, int size, String leftOut) throws IOException {
        CanonicalJson read = new CanonicalJson(parser, size);
        read.object(leftOut);
        CanonicalJson sorted = read;
        if (read.objects.stream().anyMatch(Objects::nonNull)) {
            sorted = new CanonicalJson(parser, read.count);
            sorted.sort(read, 0, read.count, 0, read.objects.size());
        }
        return sorted.count == sorted.buf.length ? sorted.buf : Arrays.copyOf(sorted.buf, sorted.count);
    }

    private void value(JsonToken token) throws IOException {
        switch (token) {
            case START_OBJECT -> object(null);
            case START_ARRAY -> array();
            case VALUE_STRING -> text();
            default -> word();
        }
    }

    private void array() throws IOException {
        add('[');
        int first = count;
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (count > first) {
                add(',');
            }
            value(token);
        }
        add(']');
    }

    /**
     * Where a field stands among the bytes.
     *
     * @param colon where its name ends
     * @param object number of the first object in it
     * @param objects number of the first object behind it
     */
    private record Field(int begin, int colon, int end, int object, int objects) {}

    /** Where an object stands whose fields came in another order; they are here in the right one. */
    private record Unsorted(int begin, int end, List<Field> fields, int objects) {}

    private void object(String leftOut) throws IOException {
        int number = objects.size();
        objects.add(null);
        add('{');
        int first = count;
        List<Field> fields = new ArrayList<>(FEW_FIELDS);
        boolean sorted = true;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            if (parser.currentName().equals(leftOut)) {
                parser.nextToken();
                parser.skipChildren();
                continue;
            }
            if (count > first) {
                add(',');
            }
            Field field = field();
            sorted &= fields.isEmpty() || byName(fields.get(fields.size() - 1), field) < 0;
            fields.add(field);
        }
        if (!sorted) {
            fields.sort(this::byName);
            objects.set(number, new Unsorted(first, count, fields, objects.size()));
        }
        add('}');
    }

    private Field field() throws IOException {
        int begin = count;
        int object = objects.size();
        text();
        int colon = count;
        add(':');
        value(parser.nextToken());
        return new Field(begin, colon, count, object, objects.size());
    }

    private int byName(Field one, Field other) {
        return Arrays.compare(buf, one.begin, one.colon, buf, other.begin, other.colon);
    }

    /** Takes over a part of what was read, in which there are these objects; each byte is moved once, however deep it is. */
    private void sort(CanonicalJson read, int begin, int end, int firstObject, int endOfObjects) {
        int done = begin;
        int number = firstObject;
        while (number < endOfObjects) {
            Unsorted object = read.objects.get(number++);
            if (object != null) {
                add(read, done, object.begin);
                fields(read, object.fields);
                done = object.end;
                number = object.objects;
            }
        }
        add(read, done, end);
    }

    private void fields(CanonicalJson read, List<Field> fields) {
        int first = count;
        for (int i = 0; i < fields.size(); i++) {
            Field field = fields.get(i);
            if (i + 1 == fields.size() || read.byName(field, fields.get(i + 1)) != 0) {
                if (count > first) {
                    add(',');
                }
                sort(read, field.begin, field.end, field.object, field.objects);
            }
        }
    }

    /** A number as it is written, or a literal. */
    private void word() throws IOException {
        char[] letters = parser.getTextCharacters();
        int from = parser.getTextOffset();
        int length = parser.getTextLength();
        makeRoom(length);
        for (int i = 0; i < length; i++) {
            buf[count++] = (byte) letters[from + i];
        }
    }

    private void text() throws IOException {
        char[] letters = parser.getTextCharacters();
        int i = parser.getTextOffset();
        int end = i + parser.getTextLength();
        add('"');
        while (i < end) {
            makeRoom(end - i);
            int to = count;
            while (i < end && isPlain(letters[i])) {
                buf[to++] = (byte) letters[i++];
            }
            count = to;
            if (i < end) {
                i += special(letters, i, end);
            }
        }
        add('"');
    }

    private static boolean isPlain(char c) {
        return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
    }

    /** One character that is escaped, or is several bytes; says how many letters it was. Half a character is escaped. */
    private int special(char[] letters, int at, int end) {
        char c = letters[at];
        if (c == '"' || c == '\\') {
            add('\\');
            add(c);
        } else if (c < ' ') {
            escape(c);
        } else if (c < 0x800) {
            add(0xc0 | (c >> 6));
            add(0x80 | (c & 0x3f));
        } else if (!Character.isSurrogate(c)) {
            add(0xe0 | (c >> 12));
            add(0x80 | ((c >> 6) & 0x3f));
            add(0x80 | (c & 0x3f));
        } else if (at + 1 < end && Character.isSurrogatePair(c, letters[at + 1])) {
            int point = Character.toCodePoint(c, letters[at + 1]);
            add(0xf0 | (point >> 18));
            add(0x80 | ((point >> 12) & 0x3f));
            add(0x80 | ((point >> 6) & 0x3f));
            add(0x80 | (point & 0x3f));
            return 2;
        } else {
            escape(c);
        }
        return 1;
    }

    private void escape(char c) {
        add('\\');
        add('u');
        for (char digit : HEX.toHexDigits(c).toCharArray()) {
            add(digit);
        }
    }

    private void add(int octet) {
        makeRoom(1);
        buf[count++] = (byte) octet;
    }

    private void add(CanonicalJson read, int begin, int end) {
        makeRoom(end - begin);
        System.arraycopy(read.buf, begin, buf, count, end - begin);
        count += end - begin;
    }

    private void makeRoom(int more) {
        if (buf.length - count < more) {
            buf = Arrays.copyOf(buf, Math.max(count + more, buf.length * 2));
        }
    }
}
