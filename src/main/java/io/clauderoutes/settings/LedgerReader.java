package io.clauderoutes.settings;

import static io.clauderoutes.settings.SettingsReader.NONE;
import static io.clauderoutes.settings.SettingsReader.SOME;

import io.clauderoutes.settings.SettingsReader.Section;
import java.time.Duration;
import java.util.Optional;

/** Reads {@code claude.ledger}, and {@code claude.budgets.<name>}, which are counted by it. */
final class LedgerReader {

    private LedgerReader() {}

    static LedgerSettings ledger(Section section) {
        return new LedgerSettings(
                section.flag("enabled"),
                store(section),
                new LedgerSettings.Writing(
                        section.flag("fsync.enabled"),
                        section.word("when-unavailable", "stop", "go-on").equals("go-on"),
                        section.path("spill-file")),
                section.path("prices"),
                section.duration("retention", NONE),
                section.optional("export.uri"),
                reconciliation(section));
    }

    private static Optional<ReconciliationSettings> reconciliation(Section section) {
        ReconciliationSettings told = new ReconciliationSettings(
                section.text("reconciliation.credential"),
                section.text("reconciliation.endpoint"),
                section.word("reconciliation.report", "usage-report", "analytics")
                        .equals("analytics"),
                new ReconciliationSettings.Schedule(
                        section.duration("reconciliation.interval", SOME),
                        section.duration("reconciliation.delay", NONE),
                        section.duration("reconciliation.look-back", Duration.ofHours(1))),
                section.number("reconciliation.tolerance-tokens", 0, Long.MAX_VALUE),
                new ReconciliationSettings.Filter(
                        section.list("reconciliation.api-key-ids"), section.list("reconciliation.workspace-ids")));
        return told.credential().isEmpty() ? Optional.empty() : Optional.of(told);
    }

    private static LedgerStoreSettings store(Section section) {
        String url = section.text("url");
        if (!url.isEmpty() && !url.startsWith("jdbc:postgresql:")) {
            section.mistakenSecret("url", "expected jdbc:postgresql://host/database, or nothing for a file");
        }
        if (url.contains("password=")) {
            section.mistakenSecret("url", "the password belongs into claude.ledger.password");
        }
        return new LedgerStoreSettings(url, section.text("user"), section.text("password"));
    }

    static BudgetSettings budget(Section section) {
        return new BudgetSettings(
                section.microUsd("usd"), section.word("period", SpendingPeriod.class, "hour", "day", "week", "month"));
    }
}
