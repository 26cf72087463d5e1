package io.clauderoutes.redact;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * What is replaced by what, made ready for use; immutable, and the dear part of redaction to make. All built-in kinds
 * share one small automaton, because lengths, borders and check digits are left to code: a product that counted them
 * would have thousands of states and take seconds to build.
 */
public final class RedactionPolicy {

    /** Such as a@b.cd. */
    private static final int SHORTEST_BUILT_IN = 6;

    private final RuleTable rules;
    private final RuleTable numberRules;
    private final List<UserPattern> patterns;
    private final List<RedactionPlaceholder> replacements;
    private final List<RedactionPlaceholder> numberReplacements;
    private final String version;

    /**
     * @throws IllegalArgumentException naming the setting, if a user's pattern does not compile or matches the empty
     *     text
     */
    public RedactionPolicy(RedactionSettings settings) {
        List<Rule> builtIn = BuiltInRules.of(settings);
        rules = StandardTables.of(builtIn);
        List<Rule> ofNumbers = BuiltInRules.ofNumbers(settings);
        numberRules = StandardTables.of(ofNumbers);
        patterns = settings.patterns().stream().map(UserPattern::of).toList();
        replacements = replacements(builtIn, settings);
        numberReplacements = replacements(ofNumbers, settings);
        version = hash(description(builtIn, settings.patterns()));
    }

    private static List<RedactionPlaceholder> replacements(List<Rule> rules, RedactionSettings settings) {
        List<RedactionPlaceholder> all = new ArrayList<>();
        for (Rule rule : rules) {
            all.add(rule.kind()
                    .map(kind -> new RedactionPlaceholder(
                            kind.label(), settings.of(kind).replacement(), rule.why()))
                    .orElse(RedactionPlaceholder.NONE));
        }
        for (PatternSettings pattern : settings.patterns()) {
            all.add(new RedactionPlaceholder(pattern.name(), pattern.replacement(), "the pattern of this name"));
        }
        return List.copyOf(all);
    }

    /** A redactor for one text. */
    public TextRedactor redactor() {
        return redactor(RedactionListener.NONE);
    }

    /** A redactor for one text, which reports each replacement. */
    public TextRedactor redactor(RedactionListener listener) {
        return new TextRedactor(rules, patterns, replacements, listener);
    }

    /** A redactor for the numbers of JSON, each as it is written. */
    TextRedactor numberRedactor(RedactionListener listener) {
        return new TextRedactor(numberRules, patterns, numberReplacements, listener);
    }

    boolean hasPatterns() {
        return !patterns.isEmpty();
    }

    /** No match has fewer characters, nor bytes. */
    int shortestMatch() {
        return patterns.isEmpty() ? SHORTEST_BUILT_IN : 1;
    }

    /** The same for two policies only if they turn the same text into the same text; for the keys of caches. */
    public String version() {
        return version;
    }

    /** Whether there is nothing to look for. */
    public boolean isEmpty() {
        return replacements.isEmpty();
    }

    /** The most characters that a redactor ever holds back. */
    public int longestHold() {
        int longest = TextRedactor.LONGEST_RUN;
        for (UserPattern pattern : patterns) {
            longest = Math.max(longest, pattern.longestHold());
        }
        return longest + 2;
    }

    RuleTable rules() {
        return rules;
    }

    /** All that decides the result, each part with its length before it, so that no two policies run together. */
    private String description(List<Rule> builtIn, List<PatternSettings> own) {
        List<String> parts = new ArrayList<>();
        for (Rule rule : builtIn) {
            parts.add(rule.kind().map(Kind::name).orElse(""));
            parts.add(rule.pattern());
            parts.add(rule.border().name());
            parts.add(rule.check().name());
            parts.add(Integer.toString(rule.shortest()));
        }
        for (PatternSettings pattern : own) {
            parts.add(pattern.pattern());
            parts.add(Integer.toString(pattern.maxLength()));
        }
        for (RedactionPlaceholder replacement : replacements) {
            parts.add(replacement.text());
        }
        StringBuilder all = new StringBuilder();
        for (String part : parts) {
            all.append(part.length()).append(':').append(part);
        }
        return all.toString();
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
