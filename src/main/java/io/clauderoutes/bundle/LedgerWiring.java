package io.clauderoutes.bundle;

import io.clauderoutes.credential.Credentials;
import io.clauderoutes.ledger.Ledger;
import io.clauderoutes.ledger.report.Export;
import io.clauderoutes.ledger.report.Reconciliation;
import io.clauderoutes.ledger.report.UsagePage;
import io.clauderoutes.request.BatchRecorder;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.settings.ClaudeSettings;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.ProducerTemplate;

/** The ledger, its export, its reconciliation and its page. */
final class LedgerWiring {

    private static final long FIRST_RECONCILIATION = TimeUnit.MINUTES.toMillis(1);

    private final Wiring wiring;
    private final Optional<Ledger> ledger;
    private Optional<UsagePage> page = Optional.empty();

    LedgerWiring(Wiring wiring, RequestWiring requests) {
        this.wiring = wiring;
        this.ledger = wiring.settings().operation().ledger().enabled() ? Optional.of(open(requests)) : Optional.empty();
        ledger.ifPresent(openLedger ->
                wiring.settings().operation().ledger().export().ifPresent(uri -> export(openLedger, uri)));
    }

    private Ledger open(RequestWiring requests) {
        ClaudeSettings settings = wiring.settings();
        Ledger ledger = wiring.closing(new Ledger(
                settings.operation().routes().data(),
                settings.operation().ledger(),
                settings.admission().budgets(),
                requests.json(),
                Long.toUnsignedString(wiring.runtime().random().get().nextLong(), Character.MAX_RADIX),
                requests.meters(),
                wiring.runtime()));
        wiring.live(next -> ledger.prepare(
                next.operation().ledger().prices(), next.admission().budgets()));
        return ledger;
    }

    private void export(Ledger openLedger, String uri) {
        ProducerTemplate template = wiring.closing(wiring.context().createProducerTemplate());
        Export export = openLedger.export(json -> {
            Exchange sent = template.send(uri, ExchangePattern.InOnly, exchange -> exchange.getMessage()
                    .setBody(json));
            if (sent.getException() != null) {
                throw sent.getException();
            }
        });
        wiring.everyWhileStarted(Export.PAUSE.toMillis(), "claude-ledger-export", export::round);
    }

    /** Binds the page of the ledger, with the reconciliation if there is one. */
    void bindPage(Credentials credentials) {
        ledger.ifPresent(openLedger -> {
            Optional<Reconciliation> reconciliation = reconciliation(openLedger, credentials);
            wiring.page("claudeUsagePage", () -> {
                UsagePage made = openLedger.page(reconciliation);
                page = Optional.of(made);
                return made;
            });
        });
    }

    private Optional<Reconciliation> reconciliation(Ledger openLedger, Credentials credentials) {
        ClaudeSettings settings = wiring.settings();
        return settings.operation().ledger().reconciliation().map(its -> {
            Reconciliation reconciliation = wiring.closing(openLedger.reconciliation(
                    its,
                    settings.upstream().endpoints().get(its.endpoint()),
                    credentials.all().get(its.credential())));
            long interval = its.schedule().interval().toMillis();
            wiring.every(
                    interval, Math.min(interval, FIRST_RECONCILIATION), "claude-reconciliation", reconciliation::run);
            return reconciliation;
        });
    }

    /** What was spent; empty if the ledger is off, or there is no management server. */
    Optional<UsagePage> page() {
        return page;
    }

    /** The ledger; empty if it is off. */
    Optional<Ledger> ledger() {
        return ledger;
    }

    CallRecorder calls() {
        return ledger.<CallRecorder>map(openLedger -> openLedger).orElse(CallRecorder.NONE);
    }

    BatchRecorder batches() {
        return ledger.<BatchRecorder>map(openLedger -> openLedger).orElse(BatchRecorder.NONE);
    }
}
