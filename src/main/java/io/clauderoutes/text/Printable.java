package io.clauderoutes.text;

import java.util.regex.Pattern;

/** Text from outside as a log line, a message or a tag of a meter may show it: on one line, printable, and not too long. */
public final class Printable {

    private static final int LONGEST = 200;
    private static final int LONGEST_LINE = 4000;
    private static final char LINE_SEPARATOR = 0x2028;
    private static final char PARAGRAPH_SEPARATOR = 0x2029;
    private static final Pattern OTHERS = Pattern.compile("[^A-Za-z0-9_.-]");

    private Printable() {}

    /** The same text if it is printable ASCII; otherwise its other characters are escaped. What is too long is cut. */
    public static String of(String text) {
        boolean plain = text.length() <= LONGEST;
        for (int i = 0; plain && i < text.length(); i++) {
            plain = isPlain(text.charAt(i));
        }
        return plain ? text : escaped(text);
    }

    /** The same text on one line: its control characters are escaped. What is far too long is cut. */
    public static String line(String text) {
        StringBuilder line = new StringBuilder(Math.min(text.length(), LONGEST_LINE));
        for (int i = 0; i < text.length() && line.length() < LONGEST_LINE; i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || c == LINE_SEPARATOR || c == PARAGRAPH_SEPARATOR) {
                line.append(String.format("\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
        return line.toString();
    }

    /** The name of an event or the like: letters, digits, {@code _}, {@code -} and {@code .} stay as they are. */
    public static String name(String text) {
        String name = text.length() > LONGEST ? text.substring(0, LONGEST) : text;
        for (int i = 0; i < name.length(); i++) {
            if (!isOfName(name.charAt(i))) {
                return OTHERS.matcher(name).replaceAll("_");
            }
        }
        return name;
    }

    private static boolean isOfName(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '_'
                || c == '-'
                || c == '.';
    }

    private static boolean isPlain(char c) {
        return c >= ' ' && c < 0x7f;
    }

    private static String escaped(String text) {
        StringBuilder printable = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (printable.length() >= LONGEST) {
                return printable.append("...").toString();
            }
            char c = text.charAt(i);
            if (isPlain(c)) {
                printable.append(c);
            } else {
                printable.append(String.format("\\u%04x", (int) c));
            }
        }
        return printable.toString();
    }
}
