package io.clauderoutes.ledger;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.credential.Credential;
import io.clauderoutes.ledger.price.PriceTable;
import io.clauderoutes.ledger.report.Export;
import io.clauderoutes.ledger.report.ProviderUsage;
import io.clauderoutes.ledger.report.Reconciliation;
import io.clauderoutes.ledger.report.UsagePage;
import io.clauderoutes.ledger.report.UsageReport;
import io.clauderoutes.ledger.row.AttemptPosition;
import io.clauderoutes.ledger.row.AttemptResult;
import io.clauderoutes.ledger.row.ClientIds;
import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.RowId;
import io.clauderoutes.ledger.row.RowTimes;
import io.clauderoutes.ledger.row.State;
import io.clauderoutes.ledger.row.Subject;
import io.clauderoutes.ledger.row.Tokens;
import io.clauderoutes.ledger.store.LedgerDatabase;
import io.clauderoutes.ledger.store.LedgerFile;
import io.clauderoutes.ledger.store.LedgerQueries;
import io.clauderoutes.ledger.write.LedgerRun;
import io.clauderoutes.ledger.write.LedgerWriter;
import io.clauderoutes.ledger.write.Maintenance;
import io.clauderoutes.ledger.write.PendingRow;
import io.clauderoutes.ledger.write.SpillFile;
import io.clauderoutes.ledger.write.WriteQueue;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.request.BatchRecorder;
import io.clauderoutes.request.CacheOutcome;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.BudgetSettings;
import io.clauderoutes.settings.EndpointSettings;
import io.clauderoutes.settings.LedgerSettings;
import io.clauderoutes.settings.ReconciliationSettings;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The ledger of calls: one row for each state of each call, on the disk before the call is made and when it is over,
 * and never changed. What a call cost is reckoned from the tokens that the API told.
 */
public final class Ledger implements CallRecorder, BatchRecorder, AutoCloseable {

    /** The ledger's file below {@code claude.data}. */
    public static final String FILE = LedgerFile.NAME;

    private final LedgerDatabase database;
    private final LedgerQueries reader;
    private final WriteQueue queue;
    private final LedgerWriter writer;
    private final Maintenance upkeep;
    private final ClaudeMeters meters;
    private final LongSupplier ticker;
    private volatile PriceTable prices;
    private final Budgets budgets;
    private final UsageReport report;
    private final LedgerRun run;
    private final Clock clock;
    /** What the items of batches under way can cost, where their tenant has a budget. */
    private final Map<String, Budgets.Reservation> held = new ConcurrentHashMap<>();

    /** Tenants whose budget has a meter. */
    private final Set<String> metered = ConcurrentHashMap.newKeySet();

    /**
     * Opens the ledger. The file is opened on a thread of its own, beside whatever else starts meanwhile.
     *
     * @param run a name for this process that no other has had
     */
    public Ledger(
            Path data,
            LedgerSettings settings,
            Map<String, BudgetSettings> budgets,
            MessageJson json,
            String run,
            ClaudeMeters meters,
            BundleRuntime runtime) {
        this.database = LedgerDatabase.of(settings.store(), data);
        this.reader = new LedgerQueries(database);
        this.meters = meters;
        this.ticker = runtime.ticker();
        this.prices = prices(settings.prices());
        this.report = new UsageReport(database);
        this.run = new LedgerRun(run, ticker);
        this.clock = runtime.clock();
        Optional<SpillFile> spill =
                settings.writing().goesOn() ? Optional.of(new SpillFile(settings.spill(data))) : Optional.empty();
        this.budgets = new Budgets(budgets, json, clock);
        this.upkeep =
                new Maintenance(run, settings.retention(), settings.export().isPresent(), this.budgets, clock, ticker);
        this.queue = new WriteQueue(settings.writing().fsync(), ticker);
        this.writer = new LedgerWriter(database, queue, spill, this.run, upkeep, meters, runtime);
        meterBudgets(budgets);
        meters.ledger().state(() -> writer.trouble().isEmpty() ? 1 : 0, this.run::openCount);
        writer.start();
    }

    /**
     * Checks a file of prices.
     *
     * @throws io.clauderoutes.settings.SettingsException if the file of prices cannot be used
     */
    public static void checkPrices(Path file) {
        PriceTable.with(file);
    }

    private static PriceTable prices(Optional<Path> own) {
        return own.map(PriceTable::with).orElseGet(PriceTable::packaged);
    }

    private void meterBudgets(Map<String, BudgetSettings> settings) {
        settings.keySet().stream().filter(metered::add).forEach(tenant -> meters.costs()
                .budgetLeft(tenant, () -> budgets.leftMicroUsd(tenant)));
    }

    /**
     * Prepares other prices and budgets. Calls that have begun are priced as before.
     *
     * @return puts them into effect
     * @throws io.clauderoutes.settings.SettingsException if the file of prices cannot be used
     */
    public Runnable prepare(Optional<Path> ownPrices, Map<String, BudgetSettings> otherBudgets) {
        PriceTable otherPrices = prices(ownPrices);
        Runnable change = budgets.prepare(otherBudgets, reader);
        return () -> {
            prices = otherPrices;
            change.run();
            meterBudgets(otherBudgets);
        };
    }

    @Override
    public Entry open(Request request, String endpoint) {
        Prompt prompt = request.prompt();
        String tenant = prompt.options().tenant();
        if (budgets.has(tenant)) {
            writer.awaitOpened();
        }
        PriceTable itsPrices = prices;
        Budgets.Reservation reserved = budgets.reserve(prompt, itsPrices);
        LedgerEntry entry = begin(request, endpoint, reserved, itsPrices);
        try {
            entry.intend();
            return entry;
        } catch (ClaudeException notWritten) {
            reserved.settle(OptionalLong.of(0));
            run.over(entry.number());
            throw notWritten;
        }
    }

    private LedgerEntry begin(Request request, String endpoint, Budgets.Reservation reserved, PriceTable itsPrices) {
        long now = clock.millis();
        LedgerRun.Open attempt = run.begin();
        Row intent = intent(
                run.name(),
                attempt.number(),
                now,
                now,
                request,
                request.progress().attempts() + 1,
                endpoint,
                reserved.microUsd());
        return new LedgerEntry(
                this, request.requester().acknowledged(), intent, false, itsPrices, reserved, attempt::started);
    }

    private static Row intent(
            String run,
            long number,
            long atMillis,
            long begunMillis,
            Request request,
            int attempt,
            String endpoint,
            OptionalLong reserved) {
        Prompt prompt = request.prompt();
        return new Row(
                        new RowId(run, number),
                        State.INTENT,
                        new RowTimes(atMillis, begunMillis),
                        subject(request, endpoint),
                        new AttemptPosition(
                                prompt.id(),
                                prompt.options().conversation().session(),
                                attempt,
                                request.progress().round()),
                        new AttemptResult("", Tokens.UNKNOWN, reserved, "", "", ""))
                .with(ClientIds.in(prompt.wireHeaders()));
    }

    @Override
    public long check(Prompt prompt) {
        return budgets.checkForBatch(prompt);
    }

    @Override
    public Map<Long, ClaudeException> open(List<Item> items) {
        Map<Long, ClaudeException> refusals = new HashMap<>();
        List<PendingRow> intents = new ArrayList<>();
        for (Item item : items) {
            try {
                held.computeIfAbsent(
                        held(item),
                        key -> budgets.reserveInBatch(
                                tenant(item), item.request().prompt().request().model(), most(item), prices));
                intents.add(queue.append(intent(item), true));
            } catch (ClaudeException tooMuch) {
                refusals.put(item.number(), tooMuch);
            }
        }
        intents.forEach(queue::await);
        return refusals;
    }

    @Override
    public void hold(List<Item> items) {
        for (Item item : items) {
            held.computeIfAbsent(
                    held(item),
                    key -> budgets.holdInBatch(
                            tenant(item), item.request().prompt().request().model(), most(item), prices));
        }
    }

    @Override
    public Entry entry(Item item) {
        Budgets.Reservation reserved = held.remove(held(item));
        return new LedgerEntry(
                this,
                item.request().requester().acknowledged(),
                intent(item),
                true,
                prices,
                reserved == null ? Budgets.Reservation.NONE : reserved,
                row -> {});
    }

    private static String held(Item item) {
        return item.book() + ' ' + item.number();
    }

    private static String tenant(Item item) {
        return item.request().prompt().options().tenant();
    }

    private static Tokens most(Item item) {
        return Tokens.most(
                item.estimatedInputTokens(),
                true,
                item.request().prompt().request().maxTokens(),
                0);
    }

    private Row intent(Item item) {
        return intent(
                Row.BATCH_RUNS + item.book(),
                item.number(),
                clock.millis(),
                item.begunMillis(),
                item.request(),
                item.attempt(),
                item.endpoint(),
                OptionalLong.empty());
    }

    /** Where rows wait for the disk. */
    WriteQueue queue() {
        return queue;
    }

    long nowMillis() {
        return clock.millis();
    }

    @Override
    public void notCalled(Request request) {
        long now = clock.millis();
        Prompt prompt = request.prompt();
        Row row = new Row(
                        new RowId(run.name(), run.number()),
                        request.progress().cache().status() == CacheOutcome.Status.HIT ? State.HIT : State.JOINED,
                        new RowTimes(now, now),
                        subject(request, ""),
                        new AttemptPosition(
                                prompt.id(), prompt.options().conversation().session(), 0, 1),
                        new AttemptResult("", Tokens.UNKNOWN, OptionalLong.empty(), "", "", ""))
                .with(ClientIds.in(prompt.wireHeaders()));
        queue.append(row, false);
    }

    private static Subject subject(Request request, String endpoint) {
        Prompt prompt = request.prompt();
        return new Subject(
                prompt.options().tenant(),
                request.requester().source(),
                prompt.request().model(),
                endpoint);
    }

    /** What hands over each attempt that ends, where {@code claude.ledger.export.uri} says so. */
    public Export export(Export.Receiver receiver) {
        return new Export(reader, upkeep::exports, writer::exported, receiver, meters, ticker);
    }

    /** The comparison of the ledger with the API's report. */
    public Reconciliation reconciliation(
            ReconciliationSettings settings, EndpointSettings endpoint, Credential credential) {
        return new Reconciliation(
                report,
                new ProviderUsage(settings, endpoint, credential),
                settings,
                () -> prices,
                writer::learn,
                meters,
                clock);
    }

    /** The queries of the ledger. */
    UsageReport report() {
        return report;
    }

    /** The same over HTTP. */
    public UsagePage page(Optional<Reconciliation> reconciliation) {
        return new UsagePage(report, this::awaitStored, reconciliation, clock);
    }

    /** Waits until the store has what was appended before. */
    void awaitStored() {
        queue.awaitStored();
    }

    /** Tenants that have spent their budget, each with a sentence that says since when. */
    public Map<String, String> spentBudgets() {
        return budgets.spent();
    }

    /** Why nothing can be written; empty as long as it can. */
    public Optional<String> trouble() {
        return writer.trouble();
    }

    /** Since when nothing can be written; empty as long as it can. */
    public Optional<Instant> troubleSince() {
        return writer.troubleSince();
    }

    /** The budgets of now, by tenant. */
    public Map<String, BudgetState> budgets() {
        return budgets.states();
    }

    /** Why calls are refused; empty while they are not. */
    public Optional<String> refusal() {
        return writer.refusal();
    }

    @Override
    public void close() {
        writer.close();
    }
}
