package io.clauderoutes.settings;

import io.clauderoutes.text.Printable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values of settings and lines of route files as they may be shown: without secrets, as far as these can be recognised by their names. */
public final class MaskedValue {

    /** Takes the place of a secret. */
    public static final String MASK = "(secret)";

    private static final Pattern SECRET =
            Pattern.compile(".*[.-](key|password|token|secret)|claude\\.mcp\\.[^.]+\\.(env|headers)\\..+");
    private static final Pattern USER = Pattern.compile("(//)[^/@\\s]+@");
    /** A parameter of a URI, or a key of YAML, whose name sounds like a secret. A placeholder is none. */
    private static final Pattern NAMED = Pattern.compile(
            "(?i)([\\w.-]*(?:passw(?:or)?d|passphrase|passcode|secret|token|api-?key|access-?key|private-?key|credential|authorization)"
                    + "[\\w.-]*\"?\\s*[=:]\\s*)(?!\\s*\\{\\{)(RAW\\([^)]*\\)|RAW\\{[^}]*\\}|\"[^\"]*\"|'[^']*'|[^&\\s,\"']+)");

    private static final Pattern KEY = Pattern.compile("\\b(?:sk|pk|ghp|gho|xox[abp]|AKIA)[-_A-Za-z0-9]{12,}");
    private static final int LONGEST = 300;

    private MaskedValue() {}

    /** Whether the value of a setting is a secret as a whole. */
    public static boolean isSecret(String key) {
        return SECRET.matcher(key).matches();
    }

    /** The value of a setting; at most 300 characters. */
    public static String of(String key, String value) {
        if (value.isEmpty()) {
            return "";
        }
        if (isSecret(key)) {
            return MASK;
        }
        String shown = Printable.of(text(value));
        return shown.length() > LONGEST ? shown.substring(0, LONGEST) + "…" : shown;
    }

    /** A text, such as a URI or a route file, without values that are named like secrets. */
    public static String text(String text) {
        String masked = NAMED.matcher(text).replaceAll("$1" + Matcher.quoteReplacement(MASK));
        masked = USER.matcher(masked).replaceAll("$1");
        return KEY.matcher(masked).replaceAll(Matcher.quoteReplacement(MASK));
    }
}
