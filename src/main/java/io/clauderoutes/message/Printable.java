package io.clauderoutes.message;

/** Text from outside as a log line, a message or a tag of a meter may show it: on one line, printable, and not too long. */
public final class Printable {

    private static final int LONGEST = 200;

    private Printable() {}

    /** The same text if it is printable ASCII; otherwise its other characters are escaped. What is too long is cut. */
    public static String of(String text) {
        boolean plain = text.length() <= LONGEST;
        for (int i = 0; plain && i < text.length(); i++) {
            plain = isPlain(text.charAt(i));
        }
        return plain ? text : escaped(text);
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
