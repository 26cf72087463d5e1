package io.clauderoutes.agent;

import io.clauderoutes.text.Printable;
import java.util.regex.Pattern;

/**
 * The failure of a tool as the model gets it: the first cause on one line, without a stack trace. Values that look like secrets are
 * left out, because the text leaves the process.
 */
final class FailureText {

    private static final int MOST_CAUSES = 20;
    private static final int LONGEST = 300;
    private static final String LEFT_OUT = "xxxxxx";
    private static final Pattern SECRET = Pattern.compile(
            "(?i)\\b([\\w.-]*(?:passw(?:or)?d|pwd|passphrase|secret|token|api[-_]?key|access[-_]?key|credentials?|authorization|"
                    + "bearer|signature)[\\w.-]*)(\"?\\s*[=:]\\s*\"?|\\s+)(?:(?:basic|bearer)\\s+)?[^\\s\"'&,;)\\]}]+");
    private static final Pattern USER = Pattern.compile("(//)[^/@\\s]+@");
    private static final Pattern QUERY = Pattern.compile("(\\w+://[^\\s?\"']*)\\?[^\\s\"')]*");
    private static final Pattern KEY = Pattern.compile("\\b(?:sk|pk|ghp|gho|xox[abp]|AKIA)[-_A-Za-z0-9]{12,}");

    private FailureText() {}

    static String of(String tool, Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0;
                !(cause instanceof ToolFailed) && cause.getCause() != null && depth < MOST_CAUSES;
                depth++) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        if (cause instanceof ToolFailed && message != null) {
            return message;
        }
        String type = cause.getClass().getSimpleName();
        String begin = "The tool " + tool + " failed: " + type;
        return message == null || message.isBlank() ? begin + "." : begin + ": " + shown(message);
    }

    static String shown(String message) {
        String line = Printable.line(message.strip().lines().findFirst().orElse(""));
        line = QUERY.matcher(line).replaceAll("$1");
        line = USER.matcher(line).replaceAll("$1");
        line = SECRET.matcher(line).replaceAll("$1$2" + LEFT_OUT);
        line = KEY.matcher(line).replaceAll(LEFT_OUT);
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }
}
