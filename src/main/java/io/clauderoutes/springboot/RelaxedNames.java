package io.clauderoutes.springboot;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of properties as Spring Boot lets an application write them: {@code claude.source.maxTokens} and
 * {@code claude.source.max_tokens} are {@code claude.source.max-tokens}. A name that the application chose, such as that of a sink, stays
 * as it is.
 */
final class RelaxedNames {

    /** {@code [0]} is an element of a list, {@code [a.b]} a name with other characters than letters, digits and dashes. */
    private static final Pattern BRACKETS = Pattern.compile("\\[([^\\[\\]]*)]");

    private static final Pattern ELEMENT = Pattern.compile("\\[\\d+]$");

    private final List<String[]> known;

    /** @param known the settings, with {@code *} where an application chooses a name */
    RelaxedNames(Collection<String> known) {
        this.known = known.stream().map(name -> name.split("\\.", -1)).toList();
    }

    /** The name of the list that a property is an element of; empty if it is none. */
    static Optional<String> listOf(String name) {
        Matcher element = ELEMENT.matcher(name);
        return element.find() ? Optional.of(name.substring(0, element.start())) : Optional.empty();
    }

    /** The setting that is meant; the same name if there is no such setting. */
    String setting(String name) {
        String plain = BRACKETS.matcher(name).replaceAll(".$1");
        String[] parts = plain.split("\\.", -1);
        return known.stream()
                .map(setting -> match(setting, parts))
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(plain);
    }

    private static Optional<String> match(String[] setting, String[] parts) {
        if (parts.length < setting.length) {
            return Optional.empty();
        }
        List<String> matched = new ArrayList<>();
        for (int i = 0; i < setting.length; i++) {
            if (setting[i].equals("*")) {
                matched.add(parts[i]);
            } else if (uniform(setting[i]).equals(uniform(parts[i]))) {
                matched.add(setting[i]);
            } else {
                return Optional.empty();
            }
        }
        // A chosen name at the end may have dots: the name of a logger.
        if (parts.length > setting.length && !setting[setting.length - 1].equals("*")) {
            return Optional.empty();
        }
        matched.addAll(List.of(parts).subList(setting.length, parts.length));
        return Optional.of(String.join(".", matched));
    }

    private static String uniform(String part) {
        return part.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
    }
}
