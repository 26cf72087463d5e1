package io.clauderoutes.redact;

import java.util.List;

/** The tables of the kinds that are on by default, made once in a process because a table takes tenths of a second. */
final class StandardTables {

    private static final RedactionSettings SETTINGS = RedactionSettings.only(Kind.CARD, Kind.SSN, Kind.IBAN, Kind.KEY);
    private static final List<Rule> TEXT_RULES = BuiltInRules.of(SETTINGS);
    private static final RuleTable TEXT = RuleCompiler.compile(TEXT_RULES);
    private static final List<Rule> NUMBER_RULES = BuiltInRules.ofNumbers(SETTINGS);
    private static final RuleTable NUMBERS = RuleCompiler.compile(NUMBER_RULES);

    private StandardTables() {}

    /** The table of these rules; a new one if they are not those of the defaults. */
    static RuleTable of(List<Rule> rules) {
        if (rules.equals(TEXT_RULES)) {
            return TEXT;
        }
        return rules.equals(NUMBER_RULES) ? NUMBERS : RuleCompiler.compile(rules);
    }
}
