package io.clauderoutes.redact;

import static io.clauderoutes.redact.Rule.Border.BOTH;
import static io.clauderoutes.redact.Rule.Border.NONE;
import static io.clauderoutes.redact.Rule.Border.START;

import java.util.ArrayList;
import java.util.List;

/**
 * The patterns of the built-in kinds, in the order that decides ties. Tails are loops and not counted ({@code {20,}}
 * rather than {@code {20,120}}), since counting is what makes an automaton of many patterns large.
 */
final class BuiltInRules {

    private static final String LETTER = "A-Za-z" + RuleTable.LETTER;
    private static final String WORD = LETTER + "0-9_";

    private BuiltInRules() {}

    static List<Rule> of(RedactionSettings settings) {
        List<Rule> rules = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            KindSettings kindSettings = settings.of(kind);
            if (kindSettings.enabled()) {
                rules.addAll(of(kind, kindSettings.validated()));
            }
        }
        return List.copyOf(rules);
    }

    private static List<Rule> of(Kind kind, boolean validated) {
        return switch (kind) {
            case CARD ->
                List.of(
                        rule(kind, validated ? Check.LUHN : Check.NONE, "[0-9]{4}([ \\-]?[0-9]{4}){3}"),
                        rule(
                                kind,
                                Check.ISSUED_CARD,
                                "[0-9]{13,15}",
                                "[0-9]{17,19}",
                                "[0-9]{4}[ \\-][0-9]{6}[ \\-][0-9]{4,5}",
                                "[0-9]{4}([ \\-][0-9]{4}){3}[ \\-][0-9]{1,3}",
                                "[0-9]{4}(\\.[0-9]{4}){3}"));
            case SSN ->
                List.of(
                        rule(kind, validated ? Check.ISSUED_SSN : Check.NONE, "[0-9]{3}[ \\-]?[0-9]{2}[ \\-]?[0-9]{4}"),
                        rule(kind, Check.ISSUED_SSN, "[0-9]{3}\\.[0-9]{2}\\.[0-9]{4}"));
            case IBAN -> List.of(rule(kind, Check.IBAN, Iban.pattern()));
            case EMAIL -> List.of(new Rule(kind, email(), START, Check.NONE));
            case PHONE -> List.of(rule(kind, Check.PHONE, phones()));
            case KEY ->
                List.of(
                        new Rule(kind, or(keysAnywhere()), NONE, Check.NONE),
                        new Rule(kind, or(keysAfterBorder()), START, Check.NONE),
                        new Rule(kind, bearer(), START, Check.NONE),
                        rule(kind, Check.NONE, "(AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}", "SK[0-9a-f]{32}"));
        };
    }

    private static Rule rule(Kind kind, Check check, String... patterns) {
        return new Rule(kind, or(patterns), BOTH, check);
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

    /** Keys whose looks are enough, even in the middle of a word. */
    private static String[] keysAnywhere() {
        return new String[] {
            "sk-ant-[a-z]{2,8}[0-9]{2}-[A-Za-z0-9_\\-]{20,}",
            "gh[pousr]_[A-Za-z0-9]{36,}",
            "github_pat_[A-Za-z0-9_]{36,}",
            "xox[abeoprs](\\.xox[bp])?-[0-9]+-[A-Za-z0-9\\-]{12,}",
            "ey[JA][A-Za-z0-9_\\-]{8,}\\.ey[JA][A-Za-z0-9_\\-]{8,}(\\.[A-Za-z0-9_\\-]+)*",
            "eyJ[A-Za-z0-9_\\-]{8,}\\.[A-Za-z0-9_\\-]{8,}\\.[A-Za-z0-9_\\-]{16,}(\\.[A-Za-z0-9_\\-]+)*",
            privateKey()
        };
    }

    private static String[] keysAfterBorder() {
        return new String[] {
            "sk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_\\-]{20,}",
            "sk-(proj|svcacct|admin|None|or-v1)-[A-Za-z0-9_\\-]{20,}",
            "sk-([a-z0-9]{1,10}-){0,2}[A-Za-z0-9]{20,}",
            "(sk|rk)_(live|test|prod)_[A-Za-z0-9]{10,}",
            "whsec_[A-Za-z0-9+/]{24,}",
            "AIza[A-Za-z0-9_\\-]{35,}",
            "GOCSPX-[A-Za-z0-9_\\-]{28,}",
            "ya29\\.[A-Za-z0-9_\\-]{20,}",
            "xapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-z0-9]{8,}",
            "gl(pat|dt|rt|ptt|ft|soat|cbt|imt|oas|agent|ffct)-[A-Za-z0-9_\\-]{20,}",
            "hf_[A-Za-z0-9]{30,}",
            "npm_[A-Za-z0-9]{30,}",
            "SG\\.[A-Za-z0-9_\\-]{16,}\\.[A-Za-z0-9_\\-]{20,}",
            "ABSK[A-Za-z0-9+/]{60,}=*",
            "bedrock-api-key-[A-Za-z0-9+/]{20,}=*"
        };
    }

    /** Twenty characters or more of which one is a digit, so that "bearer" may be followed by a long word. */
    private static String bearer() {
        String scheme = "([Bb]earer|BEARER) +";
        String token = "[A-Za-z0-9._~+/\\-]";
        List<String> byPlaceOfDigit = new ArrayList<>();
        byPlaceOfDigit.add(scheme + "[A-Za-z._~+/\\-]{20,}[0-9]" + token + "*=*");
        for (int before = 0; before < 20; before++) {
            byPlaceOfDigit.add(scheme + "[A-Za-z._~+/\\-]{" + before + "}[0-9]" + token + "{" + (19 - before) + ",}=*");
        }
        return or(byPlaceOfDigit.toArray(String[]::new));
    }

    /** The header line, then line upon line of its body, up to the footer where there is one. */
    private static String privateKey() {
        String breaks = "([ \r\n\t]|\\\\[nr])+";
        String base64 = "[A-Za-z0-9+/]";
        String note = "(Proc-Type|DEK-Info|Version|Comment|Hash|Charset): [A-Za-z0-9,.:()/ \\-]+";
        String name = "[A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----";
        String body = "(" + breaks + "(" + base64 + "{16,}=*|" + note + "))*";
        String shortLines = "(" + breaks + "=?" + base64 + "{1,15}=*){0,2}";
        return "-----BEGIN " + name + body + "(" + shortLines + "(" + breaks + ")?-----END " + name + ")?";
    }
}
