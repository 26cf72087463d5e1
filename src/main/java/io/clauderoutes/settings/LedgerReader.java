package io.clauderoutes.settings;

import static io.clauderoutes.settings.SettingsReader.NONE;
import static io.clauderoutes.settings.SettingsReader.SOME;

import io.clauderoutes.settings.ClaudeSettings.Budget;
import io.clauderoutes.settings.ClaudeSettings.Ledger;
import io.clauderoutes.settings.ClaudeSettings.Period;
import io.clauderoutes.settings.ClaudeSettings.Reconciliation;
import io.clauderoutes.settings.ClaudeSettings.Store;
import io.clauderoutes.settings.SettingsReader.Section;
import java.time.Duration;
import java.util.Optional;

/** Reads {@code claude.ledger}, and {@code claude.budgets.<name>}, which are counted by it. */
final class LedgerReader {

    private LedgerReader() {}

    static Ledger ledger(Section section) {
        return new Ledger(
                section.flag("enabled"),
                store(section),
                section.flag("fsync.enabled"),
                section.word("when-unavailable", "stop", "go-on").equals("go-on"),
                section.path("prices"),
                section.path("spill-file"),
                section.duration("retention", NONE),
                section.optional("export.uri"),
                reconciliation(section));
    }

    private static Optional<Reconciliation> reconciliation(Section section) {
        Reconciliation told = new Reconciliation(
                section.text("reconciliation.credential"),
                section.text("reconciliation.endpoint"),
                section.word("reconciliation.report", "usage-report", "analytics")
                        .equals("analytics"),
                section.duration("reconciliation.interval", SOME),
                section.duration("reconciliation.delay", NONE),
                section.duration("reconciliation.look-back", Duration.ofHours(1)),
                section.number("reconciliation.tolerance-tokens", 0, Long.MAX_VALUE),
                section.list("reconciliation.api-key-ids"),
                section.list("reconciliation.workspace-ids"));
        return told.credential().isEmpty() ? Optional.empty() : Optional.of(told);
    }

    private static Store store(Section section) {
        String url = section.text("url");
        if (!url.isEmpty() && !url.startsWith("jdbc:postgresql:")) {
            section.mistakenSecret("url", "expected jdbc:postgresql://host/database, or nothing for a file");
        }
        if (url.contains("password=")) {
            section.mistakenSecret("url", "the password belongs into claude.ledger.password");
        }
        return new Store(url, section.text("user"), section.text("password"));
    }

    static Budget budget(Section section) {
        return new Budget(
                section.microUsd("usd"), section.word("period", Period.class, "hour", "day", "week", "month"));
    }
}
