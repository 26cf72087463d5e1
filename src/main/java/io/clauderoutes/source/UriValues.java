package io.clauderoutes.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Carries parameters of our endpoints and kamelets through Camel's endpoint URIs. A URI ends a value at {@code &}, decodes {@code %}
 * and drops line breaks, so a value travels as Base64 and is decoded when Camel has made the endpoint.
 */
public final class UriValues {

    /** What stands before the segments of an encoded value, each of which follows a dot. */
    private static final String ENCODED = "claude64";

    /** Name of the function that resolves a placeholder inside an encoded value. */
    static final String FUNCTION = "claude-" + ENCODED;

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._-]*");
    private static final Pattern SEGMENTS = Pattern.compile(ENCODED + "((?:\\.[A-Za-z0-9_-]*)+)");
    private static final Pattern RAW = Pattern.compile("RAW(?:\\((.*)\\)|\\{(.*)})", Pattern.DOTALL);

    private UriValues() {}

    /** The value as it travels in a URI. Placeholders in it are resolved when Camel makes the endpoint. */
    static String encoded(String value) {
        if (PLAIN.matcher(value).matches() && !value.startsWith(ENCODED)) {
            return value;
        }
        Matcher raw = RAW.matcher(value);
        String text = !raw.matches() ? value : raw.group(1) != null ? raw.group(1) : raw.group(2);
        StringBuilder encoded = new StringBuilder(ENCODED);
        int from = 0;
        while (from < text.length()) {
            int begin = placeholder(text, from);
            int end = begin < 0 ? -1 : endOfPlaceholder(text, begin);
            if (end < 0) {
                break;
            }
            encoded.append('.').append(base64(text.substring(from, begin)));
            encoded.append(".{{").append(FUNCTION).append(':');
            encoded.append(base64(text.substring(begin + 2, end - 2))).append("}}");
            from = end;
        }
        return encoded.append('.').append(base64(text.substring(from))).toString();
    }

    private static int placeholder(String text, int from) {
        int begin = text.indexOf("{{", from);
        while (begin > 0 && text.charAt(begin - 1) == '\\') {
            begin = text.indexOf("{{", begin + 2);
        }
        return begin;
    }

    /** Behind the braces that close a placeholder, in which others can be; negative if nothing closes it. */
    private static int endOfPlaceholder(String text, int begin) {
        int depth = 0;
        for (int i = begin; i < text.length() - 1; i++) {
            if (text.startsWith("{{", i)) {
                depth++;
                i++;
            } else if (text.startsWith("}}", i)) {
                depth--;
                i++;
                if (depth == 0) {
                    return i + 1;
                }
            }
        }
        return -1;
    }

    static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
    }

    static String text(String base64) {
        return new String(Base64.getUrlDecoder().decode(base64), UTF_8);
    }

    /** The value that was encoded; any other value is returned as it is. */
    public static Object decoded(Object value) {
        Matcher encoded = SEGMENTS.matcher(String.valueOf(value));
        if (!encoded.matches()) {
            return value;
        }
        StringBuilder text = new StringBuilder();
        for (String segment : encoded.group(1).substring(1).split("\\.", -1)) {
            text.append(text(segment));
        }
        return text.toString();
    }
}
