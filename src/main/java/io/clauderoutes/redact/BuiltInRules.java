package io.clauderoutes.redact;

import static io.clauderoutes.redact.Rule.Border.BOTH;
import static io.clauderoutes.redact.Rule.Border.DIGITS;
import static io.clauderoutes.redact.Rule.Border.NONE;
import static io.clauderoutes.redact.Rule.Border.START;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The patterns of the built-in kinds, in the order that decides ties. Tails are loops, and how long a
 * key must be is a number beside its pattern, since counting is what makes an automaton of many patterns large.
 */
final class BuiltInRules {

    private static final String LETTER = "A-Za-z" + RuleTable.LETTER;
    private static final String WORD = LETTER + "0-9_";

    /** A decimal, also one of several parts, such as a version. */
    private static final Rule DECIMAL = Rule.harmless("[0-9]+(\\.[0-9]+)+([eE][+\\-]?[0-9]+)?", Rule.Border.DIGITS);

    private BuiltInRules() {}

    static List<Rule> of(RedactionSettings settings) {
        List<Rule> rules = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            KindSettings kindSettings = settings.of(kind);
            if (kindSettings.enabled()) {
                rules.addAll(of(kind, kindSettings.validated()));
            }
        }
        if (rules.stream().anyMatch(Rule::isNumber)) {
            rules.addAll(harmless());
        }
        return List.copyOf(rules);
    }

    /** For the numbers of JSON, which carry no word that says what they are: only cards with a check digit. */
    static List<Rule> ofNumbers(RedactionSettings settings) {
        return settings.of(Kind.CARD).enabled()
                ? List.of(rule(Kind.CARD, Check.ISSUED_CARD, "[0-9]{13,19}"), DECIMAL)
                : List.of();
    }

    private static List<Rule> of(Kind kind, boolean validated) {
        return switch (kind) {
            case CARD ->
                List.of(
                        rule(
                                kind,
                                validated ? Check.LUHN : Check.NONE,
                                "[0-9]{16}",
                                "[0-9]{4}( [0-9]{4}){3}",
                                "[0-9]{4}(\\-[0-9]{4}){3}"),
                        new Rule(Optional.of(kind), cards(), DIGITS, Check.ISSUED_CARD, 0));
            case SSN ->
                List.of(
                        rule(
                                kind,
                                validated ? Check.ISSUED_SSN : Check.NONE,
                                "[0-9]{9}",
                                "[0-9]{3} [0-9]{2} [0-9]{4}",
                                "[0-9]{3}\\-[0-9]{2}\\-[0-9]{4}"),
                        rule(kind, Check.ISSUED_SSN, "[0-9]{3}\\.[0-9]{2}\\.[0-9]{4}"));
            case IBAN -> List.of(rule(kind, Check.IBAN, Iban.PATTERN));
            case EMAIL -> List.of(new Rule(Optional.of(kind), email(), START, Check.NONE, 0));
            case PHONE -> List.of(rule(kind, Check.PHONE, phones()));
            case KEY -> keys();
        };
    }

    /** Cards that their check digit and issuer prove, so that any separators and letters beside them are allowed. */
    private static String cards() {
        String gap = "([ \t\r\n\\-_/,|*.]{1,6}|&nbsp;|\\\\[nrt])?";
        return or(
                "[0-9]{13,19}",
                "[0-9]{4}(" + gap + "[0-9]{4}){3}",
                "[0-9]{4}(" + gap + "[0-9]{4}){3}" + gap + "[0-9]{1,3}",
                "[0-9]{4}" + gap + "[0-9]{6}" + gap + "[0-9]{4,5}");
    }

    private static List<Rule> harmless() {
        String hex = "[0-9A-Fa-f]";
        return List.of(
                Rule.harmless(
                        or(
                                // A hexadecimal run; digits beside one group of letters may be a card
                                "[0-9]*[A-Fa-f]+[0-9]+[A-Fa-f]" + hex + "*",
                                "0[xX]" + hex + "+",
                                // A UUID
                                hex + "{8}(\\-" + hex + "{4}){3}\\-" + hex + "{12}",
                                // The parts of a W3C trace context
                                hex + "{2}\\-" + hex + "{32}\\-" + hex + "{16}\\-" + hex + "{2}",
                                // A hardware address
                                hex + "{2}([:\\-]" + hex + "{2}){5,}",
                                "\\.[0-9]+"),
                        BOTH),
                DECIMAL);
    }

    private static Rule rule(Kind kind, Check check, String... patterns) {
        return new Rule(Optional.of(kind), or(patterns), BOTH, check, 0);
    }

    private static String or(String... patterns) {
        return "(" + String.join(")|(", patterns) + ")";
    }

    private static String email() {
        String local = "[" + WORD + "][" + WORD + "%+'\\-]*(\\.[" + WORD + "%+'\\-]+)*";
        String label = "[" + LETTER + "0-9][" + LETTER + "0-9\\-]*";
        String top = "([" + LETTER + "]{2,}|[Xx][Nn]--[A-Za-z0-9\\-]+)";
        return local + "@(" + label + "\\.)+" + top;
    }

    private static String[] phones() {
        return new String[] {
            // International: +44 20 7946 0958, +1 (415) 555-0132, 0049 30 1234567
            "\\+[1-9]([ ./\\-]?[0-9]){5,12}[ ./\\-]?[0-9]{2}",
            "\\+[1-9][0-9]{0,2} ?\\([0-9]{1,5}\\)[ \\-]?[0-9]([ ./\\-]?[0-9]){4,10}",
            "00[1-9][0-9]{0,2}[ /\\-][0-9]([ /\\-]?[0-9]){4,10}[0-9]",
            // North America: 415-555-0132, (415) 555-0132, 1-800-555-0199
            "([1-9][0-9]?[ .\\-])?(\\([2-9][0-9]{2}\\)[ .\\-]?|[2-9][0-9]{2}[ ./\\-])[2-9][0-9]{2}[ .\\-][0-9]{4}",
            // With a trunk zero: 01 42 68 53 00, 090-1234-5678, 0171/1234567, (030) 1234567
            "0[1-9](( [0-9]{2}){4}|(\\.[0-9]{2}){4}|(\\-[0-9]{2}){4})",
            "0[1-9][0-9]{1,3}( [0-9]{3,4} |\\-[0-9]{3,4}\\-)[0-9]{3,4}",
            "0[1-9][ \\-][0-9]{7,8}",
            "0[1-9][0-9][ /\\-][0-9]{6,8}",
            "0[1-9][0-9]{2,3}[ /\\-][0-9]{5,8}",
            "\\(0[1-9][0-9]{0,3}\\) ?[0-9]{3,8}([ \\-][0-9]{2,5}){0,2}"
        };
    }

    private static List<Rule> keys() {
        return List.of(
                // Their looks are enough, even in the middle of a word.
                key(NONE, 32, "sk-ant-[a-z]{2,8}[0-9]{2}-[A-Za-z0-9_\\-]+"),
                key(NONE, 40, "gh[pousr]_[A-Za-z0-9]+"),
                key(NONE, 47, "github_pat_[A-Za-z0-9_]+"),
                key(NONE, 24, "xox[abeoprs](\\.xox[bp])?-[0-9]+-[A-Za-z0-9\\-]+"),
                key(NONE, 30, "ey[JA][A-Za-z0-9_\\-]+\\.ey[JA][A-Za-z0-9_\\-]+(\\.[A-Za-z0-9_\\-]+)*"),
                key(NONE, 50, "eyJ[A-Za-z0-9_\\-]+(\\.[A-Za-z0-9_\\-]+){2,}"),
                key(NONE, 0, privateKey()),
                // Only after a border.
                key(START, 30, "sk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_\\-]+"),
                key(START, 28, "sk-(proj|svcacct|admin|None|or-v1)-[A-Za-z0-9_\\-]+"),
                key(START, 23, "sk-[A-Za-z0-9]+", "(sk|rk)_(live|test|prod)_[A-Za-z0-9]+"),
                key(START, 0, "sk-[a-z0-9]{2,8}-[A-Za-z0-9]{20,}"),
                key(START, 30, "whsec_[A-Za-z0-9+/]+", "xapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-z0-9]+"),
                key(START, 39, "AIza[A-Za-z0-9_\\-]+", "SG\\.[A-Za-z0-9_\\-]+\\.[A-Za-z0-9_\\-]+"),
                key(START, 25, "(GOCSPX-|ya29\\.)[A-Za-z0-9_\\-]+"),
                key(START, 25, "gl(pat|dt|rt|ptt|ft|soat|cbt|imt|oas|agent|ffct)-[A-Za-z0-9_\\-]+"),
                key(START, 40, "npm_[A-Za-z0-9]+"),
                key(START, 40, "hooks\\.slack\\.com/(services|workflows|triggers)/[A-Za-z0-9+/]+"),
                key(START, 64, "ABSK[A-Za-z0-9+/]+=*"),
                key(START, 36, "bedrock-api-key-[A-Za-z0-9+/]+=*"),
                // With a digit in it, since the word may also be followed by a long word.
                key(START, 23, "([Bb]earer|BEARER) +[A-Za-z._~+/\\-]*[0-9][A-Za-z0-9._~+/\\-]*=*"),
                rule(
                        Kind.KEY,
                        Check.NONE,
                        "(AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}",
                        "SK[0-9a-f]{32}",
                        "(hf|api_org)_[A-Za-z]{34}"));
    }

    private static Rule key(Rule.Border border, int shortest, String... patterns) {
        return new Rule(Optional.of(Kind.KEY), or(patterns), border, Check.NONE, shortest);
    }

    /** The header line, then what looks like lines of its body, and all up to the footer where there is one. */
    private static String privateKey() {
        String breaks = "[ \\\\\n\r\t]+";
        String header = "-----BEGIN [A-Z ]*PRIVATE KEY[A-Z ]*-----";
        String base64 = "[A-Za-z0-9+/]{16,}=*";
        String footer = "[A-Za-z0-9+/= \\\\\n\r\t]*-----END [A-Z ]*-----";
        return header + "(" + breaks + base64 + ")*(" + footer + ")?";
    }
}
