package io.clauderoutes.settings;

import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Typed access to {@code claude.*} properties that collects every mistake instead of stopping at the first. What it is asked
 * for is what exists: a key that nobody asked for is a mistake too.
 */
final class SettingsReader {

    static final Duration NONE = Duration.ZERO;
    static final Duration SOME = Duration.ofMillis(1);
    static final int MANY = 1_000_000;

    private static final String ANY = "*";
    private static final int MICRO = 6;
    private static final BigDecimal MOST_DOLLARS = BigDecimal.valueOf(1_000_000_000);
    private static final Pattern DURATION = Pattern.compile("(\\d+)(ms|s|m|h|d)");
    private static final Pattern ORIGIN =
            Pattern.compile("https?://[a-z0-9.-]+(:\\d{1,5})?|https?://\\[[0-9a-f:]+](:\\d{1,5})?");
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_-]*");

    private final Map<String, String> values;
    private final Set<String> known = new LinkedHashSet<>();
    private final List<String> mistakes = new ArrayList<>();
    private boolean rehearsing;

    SettingsReader(Map<String, String> values) {
        this.values = values;
    }

    /** Everything below a prefix such as {@code claude.cache}, or below a name in {@code claude.sinks.*}. */
    Section section(String prefix) {
        return new Section(prefix, prefix);
    }

    /** One value for each name that is used below {@code prefix}; the defaults of all stand below the name {@code *}. */
    <T> Map<String, T> named(String prefix, Function<Section, T> read) {
        return named(prefix, prefix, read);
    }

    /** @param shared the prefix at which the defaults of all names stand */
    private <T> Map<String, T> named(String prefix, String shared, Function<Section, T> read) {
        boolean before = rehearsing;
        rehearsing = true;
        Map<String, T> all = new LinkedHashMap<>();
        all.put(ANY, read.apply(new Section(shared + "." + ANY, shared + "." + ANY)));
        all.clear();
        rehearsing = before;
        for (String name : names(prefix)) {
            if (NAME.matcher(name).matches()) {
                all.put(name, read.apply(new Section(prefix + "." + name, shared + "." + ANY)));
            } else {
                mistakes.add(prefix + "." + name + ": a name is made of letters, digits, - and _");
            }
        }
        return all;
    }

    /** The values of free names right below a prefix; a name may have dots. */
    Map<String, String> values(String prefix, String expected) {
        known.add(prefix + "." + ANY);
        Map<String, String> all = new LinkedHashMap<>();
        for (String key : new TreeSet<>(values.keySet())) {
            String name = key.startsWith(prefix + ".") ? key.substring(prefix.length() + 1) : "";
            if (!name.isEmpty() && !name.equals(ANY)) {
                known.add(key);
                String value = values.get(key).trim();
                if (value.isEmpty()) {
                    mistakes.add(key + " is empty: expected " + expected);
                }
                all.put(name, value);
            }
        }
        return Map.copyOf(all);
    }

    private Map<String, String> values(String prefix, String pattern, String expected) {
        known.add(pattern + "." + ANY);
        return rehearsing ? Map.of() : values(prefix, expected);
    }

    private Set<String> names(String prefix) {
        Set<String> names = new TreeSet<>();
        for (String key : values.keySet()) {
            if (key.startsWith(prefix + ".")) {
                String rest = key.substring(prefix.length() + 1);
                int dot = rest.indexOf('.');
                String name = dot < 0 ? rest : rest.substring(0, dot);
                if (!name.equals(ANY)) {
                    names.add(name);
                }
            }
        }
        return names;
    }

    void mistake(String sentence) {
        if (!rehearsing) {
            mistakes.add(sentence);
        }
    }

    /** The settings that there are, with {@code *} where a name stands. */
    Set<String> known() {
        return Set.copyOf(known);
    }

    /** Ends the reading. */
    void finish() {
        for (String key : new TreeSet<>(values.keySet())) {
            if (!isKnown(key)) {
                mistakes.add(key + " is not a setting"
                        + nearest(key).map(n -> "; did you mean " + n + "?").orElse(""));
            }
        }
        if (!mistakes.isEmpty()) {
            throw new SettingsException(mistakes);
        }
    }

    private boolean isKnown(String key) {
        return known.contains(key)
                || known.stream().anyMatch(pattern -> pattern.contains(ANY) && matches(pattern, key));
    }

    private static boolean matches(String pattern, String key) {
        String[] want = pattern.split("\\.", -1);
        String[] have = key.split("\\.", -1);
        if (want.length != have.length) {
            return false;
        }
        for (int i = 0; i < want.length; i++) {
            if (!want[i].equals(ANY) && !want[i].equals(have[i])) {
                return false;
            }
        }
        return true;
    }

    private Optional<String> nearest(String key) {
        return Nearest.of(key, known.stream().map(pattern -> fill(pattern, key)).toList());
    }

    private static String fill(String pattern, String key) {
        String[] want = pattern.split("\\.", -1);
        String[] have = key.split("\\.", -1);
        for (int i = 0; i < want.length && i < have.length; i++) {
            want[i] = want[i].equals(ANY) ? have[i] : want[i];
        }
        return String.join(".", want);
    }

    /** The settings below one prefix. A value that is wrong is noted, and a stand-in is returned. */
    final class Section {
        private final String prefix;
        private final String pattern;

        private Section(String prefix, String pattern) {
            this.prefix = prefix;
            this.pattern = pattern;
        }

        /** The name that this section belongs to. */
        String name() {
            return prefix.substring(prefix.lastIndexOf('.') + 1);
        }

        /** Whether it is the section of one name, and not the values for all names. */
        boolean isOne() {
            return !name().equals(ANY);
        }

        /** A mistake in the section as a whole. */
        void mistaken(String sentence) {
            mistake(prefix + ": " + sentence);
        }

        String key(String what) {
            return prefix + "." + what;
        }

        /** One value for each name below {@code what} of this section. */
        <T> Map<String, T> named(String what, Function<Section, T> read) {
            return SettingsReader.this.named(prefix + "." + what, pattern + "." + what, read);
        }

        /** The values of free names below {@code what} of this section. */
        Map<String, String> values(String what, String expected) {
            return SettingsReader.this.values(prefix + "." + what, pattern + "." + what, expected);
        }

        private String raw(String what) {
            known.add(pattern + "." + what);
            String value = values.get(prefix + "." + what);
            if (value == null) {
                value = values.get(pattern + "." + what);
            }
            return value == null ? "" : value.trim();
        }

        String text(String what) {
            return raw(what);
        }

        Optional<String> optional(String what) {
            return Optional.of(raw(what)).filter(value -> !value.isEmpty());
        }

        Optional<Path> path(String what) {
            return optional(what).map(Path::of);
        }

        boolean isSet(String what) {
            raw(what);
            return values.containsKey(prefix + "." + what);
        }

        /** Whether this name itself has a value for it, and not only all names together. */
        boolean isTold(String what) {
            return !values.getOrDefault(prefix + "." + what, "").isBlank();
        }

        void missing(String what, String expected) {
            mistake(key(what) + " is missing: expected " + expected);
        }

        void mistaken(String what, String sentence) {
            mistake(key(what) + "=" + raw(what) + ": " + sentence);
        }

        /** A mistake in a value that is not to be shown. */
        void mistakenSecret(String what, String sentence) {
            mistake(key(what) + ": " + sentence);
        }

        /** Names with a percentage each, such as {@code status-529=5}. */
        Map<String, Double> shares(String what) {
            Map<String, Double> shares = new LinkedHashMap<>();
            for (String item : list(what)) {
                int equals = item.indexOf('=');
                try {
                    double percent = Double.parseDouble(item.substring(equals + 1));
                    if (equals > 0 && percent >= 0 && percent <= 100) {
                        shares.put(item.substring(0, equals).trim(), percent);
                        continue;
                    }
                } catch (NumberFormatException notANumber) {
                    // told below
                }
                wrong(what, item, "names with a percentage each, such as status-529=5");
            }
            return shares;
        }

        String required(String what, String expected) {
            String value = raw(what);
            if (value.isEmpty()) {
                missing(what, expected);
            }
            return value;
        }

        List<String> list(String what) {
            return Arrays.stream(raw(what).split(",", -1))
                    .map(String::trim)
                    .filter(item -> !item.isEmpty())
                    .toList();
        }

        /** Names in which {@code *} stands for any letters. */
        List<Pattern> patterns(String what) {
            return list(what).stream()
                    .map(item -> Pattern.compile(Arrays.stream(item.split("\\*", -1))
                            .map(Pattern::quote)
                            .collect(Collectors.joining(".*"))))
                    .toList();
        }

        boolean flag(String what) {
            String value = raw(what);
            if (!value.equals("true") && !value.equals("false")) {
                wrong(what, value, "true or false");
            }
            return value.equals("true");
        }

        long number(String what, long least, long most) {
            String value = raw(what);
            try {
                long number = Long.parseLong(value);
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException notANumber) {
                // told below, as a number out of range is
            }
            wrong(what, value, "a whole number from " + least + " to " + most);
            return least;
        }

        int count(String what, int least, int most) {
            return (int) number(what, least, most);
        }

        double decimal(String what, double most) {
            return decimal(what, 0, most);
        }

        double decimal(String what, long least, double most) {
            String value = raw(what);
            try {
                double number = new BigDecimal(value).doubleValue();
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException notANumber) {
                // told below
            }
            wrong(what, value, "a number from " + least + " to " + (long) most);
            return least;
        }

        /** US dollars, in millionths of one. */
        long microUsd(String what) {
            String value = raw(what);
            try {
                BigDecimal dollars = new BigDecimal(value);
                if (dollars.signum() >= 0 && dollars.compareTo(MOST_DOLLARS) <= 0) {
                    return dollars.movePointRight(MICRO).longValueExact();
                }
            } catch (ArithmeticException finerThanMicro) {
                // told below
            } catch (NumberFormatException notANumber) {
                // told below
            }
            wrong(what, value, "US dollars, such as 25 or 0.50, with six digits after the point at most");
            return 0;
        }

        Duration duration(String what, Duration least) {
            String value = raw(what);
            Matcher parts = DURATION.matcher(value);
            if (parts.matches() && parts.group(1).length() < 10) {
                Duration duration = unit(parts.group(2)).multipliedBy(Long.parseLong(parts.group(1)));
                if (duration.compareTo(least) >= 0) {
                    return duration;
                }
            }
            wrong(
                    what,
                    value,
                    "a duration such as 250ms, 30s, 10m or 1h"
                            + (least.isZero() ? "" : " of at least " + least.toMillis() + "ms"));
            return least;
        }

        private static Duration unit(String unit) {
            return switch (unit) {
                case "ms" -> Duration.ofMillis(1);
                case "s" -> Duration.ofSeconds(1);
                case "m" -> Duration.ofMinutes(1);
                case "h" -> Duration.ofHours(1);
                default -> Duration.ofDays(1);
            };
        }

        /** One of the words that a setting can have. */
        String word(String what, String... words) {
            String value = raw(what);
            if (!Arrays.asList(words).contains(value)) {
                wrong(what, value, "one of " + String.join(", ", words));
                return words[0];
            }
            return value;
        }

        /** The constant of {@code type} that a word stands for. */
        <E extends Enum<E>> E word(String what, Class<E> type, String... words) {
            String constant = word(what, words).toUpperCase(Locale.ROOT).replace('-', '_');
            return Enum.valueOf(type, constant);
        }

        /** Any of the words that a setting can hold. */
        List<String> words(String what, String... words) {
            List<String> told = list(what);
            if (!Arrays.asList(words).containsAll(told)) {
                wrong(what, raw(what), "any of " + String.join(", ", words));
            }
            return told;
        }

        URI url(String what) {
            String value = required(what, "a URL such as https://api.anthropic.com");
            try {
                URI url = new URI(value);
                if (url.getHost() != null
                        && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
                        && url.getRawQuery() == null) {
                    return url;
                }
            } catch (URISyntaxException notAUrl) {
                // told below
            }
            if (!value.isEmpty()) {
                wrong(what, value, "an http or https URL without a query");
            }
            return URI.create("http://127.0.0.1");
        }

        /** Scheme, host and port of pages, as a browser tells them. */
        List<String> origins(String what) {
            List<String> told = list(what);
            told.stream()
                    .filter(origin -> !ORIGIN.matcher(origin).matches())
                    .forEach(wrong -> wrong(what, wrong, "origins such as https://chat.example.com, without a path"));
            return told;
        }

        private void wrong(String what, String value, String expected) {
            mistake(key(what) + "=" + value + ": expected " + expected);
        }
    }
}
