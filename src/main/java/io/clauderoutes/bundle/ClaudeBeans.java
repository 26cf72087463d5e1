package io.clauderoutes.bundle;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.clauderoutes.batch.BatchDelivery;
import io.clauderoutes.batch.BatchIntake;
import io.clauderoutes.batch.BatchPage;
import io.clauderoutes.batch.Batches;
import io.clauderoutes.cache.ReplyCache;
import io.clauderoutes.cache.Templates;
import io.clauderoutes.call.EndpointCalls;
import io.clauderoutes.call.EndpointRoutes;
import io.clauderoutes.call.Endpoints;
import io.clauderoutes.call.PassThroughCalls;
import io.clauderoutes.concurrent.CancellableWait;
import io.clauderoutes.concurrent.SleepFunction;
import io.clauderoutes.credential.Credentials;
import io.clauderoutes.fanout.Sinks;
import io.clauderoutes.fanout.Terminal;
import io.clauderoutes.gateway.BatchesEndpoint;
import io.clauderoutes.gateway.BodyBytes;
import io.clauderoutes.gateway.CrossOrigin;
import io.clauderoutes.gateway.GatewayErrors;
import io.clauderoutes.gateway.GatewayPaths;
import io.clauderoutes.gateway.GatewayServers;
import io.clauderoutes.gateway.Guard;
import io.clauderoutes.gateway.HealthDetails;
import io.clauderoutes.gateway.IdleCallers;
import io.clauderoutes.gateway.MessagesEndpoint;
import io.clauderoutes.gateway.OpenPaths;
import io.clauderoutes.gateway.OtherApiPaths;
import io.clauderoutes.gateway.PassThroughEndpoint;
import io.clauderoutes.gateway.ServerCertificate;
import io.clauderoutes.gateway.StreamedPassThrough;
import io.clauderoutes.gateway.batches.BatchGateway;
import io.clauderoutes.gateway.batches.BatchRequests;
import io.clauderoutes.gateway.batches.ClientBatchStore;
import io.clauderoutes.gateway.batches.ClientBatches;
import io.clauderoutes.ledger.Ledger;
import io.clauderoutes.ledger.report.Export;
import io.clauderoutes.ledger.report.Reconciliation;
import io.clauderoutes.logging.LogLevels;
import io.clauderoutes.logging.LogSetup;
import io.clauderoutes.message.BatchJson;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.redact.Redactor;
import io.clauderoutes.request.BatchRecorder;
import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.PassThroughApi;
import io.clauderoutes.request.RequestOutcomes;
import io.clauderoutes.request.SinkStates;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.SettingsSource;
import io.clauderoutes.source.PromptReader;
import io.clauderoutes.source.RequestLimits;
import io.clauderoutes.source.SourceFiles;
import io.clauderoutes.source.SourceGates;
import io.clauderoutes.source.SourceRoutes;
import io.clauderoutes.split.Splitter;
import io.clauderoutes.store.PrivateFile;
import io.clauderoutes.stream.ReplyReader;
import io.clauderoutes.throttle.Throttle;
import io.clauderoutes.undelivered.DeliveryRetry;
import io.clauderoutes.undelivered.UndeliveredPage;
import io.clauderoutes.undelivered.UndeliveredReport;
import io.clauderoutes.undelivered.UndeliveredStore;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.cache.CaffeineCacheMetrics;
import java.io.File;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.Predicate;
import org.apache.camel.Processor;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.spi.IdempotentRepository;
import org.apache.camel.spi.Registry;
import org.apache.camel.support.processor.idempotent.FileIdempotentRepository;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only wiring: makes every bean once, binds those that routes name, adds the Java routes. The clock, the ticker, sleep,
 * randomness and threads come from here and from nowhere else.
 */
final class ClaudeBeans implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ClaudeBeans.class);
    private static final long FIRST_RECONCILIATION = TimeUnit.MINUTES.toMillis(1);
    private static final long REDELIVERY_ROUND_MILLIS = 200;
    private static final String SOURCE_FILES = "claudeSourceFiles";
    private static final int ANSWERED_IN_MEMORY = 100_000;
    private static final long ANSWERED_FILE_BYTES = 32L * 1024 * 1024;

    private static final String LONGEST_BODY = "33554432";

    private final CamelContext context;
    private final ClaudeSettings settings;
    private final Clock clock = Clock.systemUTC();
    private final LongSupplier ticker = System::nanoTime;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final List<LiveSettings.Part> parts = new ArrayList<>();
    private final SettingsState settingsState = new SettingsState(clock);

    ClaudeBeans(CamelContext context, ClaudeSettings settings) {
        this.context = context;
        this.settings = settings;
    }

    /** Binds what URIs of the settings refer to, so that these can be checked before anything is opened. */
    static void bindForUris(CamelContext context, ClaudeSettings settings) {
        boolean isJson = settings.log().json() && LogSetup.isPackaged(System.getProperties());
        context.getRegistry().bind(SOURCE_FILES, new SourceFiles());
        context.getRegistry()
                .bind(
                        "claudeTerminal",
                        new Terminal(
                                System.out,
                                isJson ? Optional.of(new MessageJson()) : Optional.empty(),
                                Clock.systemUTC()));
    }

    /** Binds the beans and adds the routes that are Java. */
    void bind(MeterRegistry registry) throws Exception {
        ClaudeMeters meters = new ClaudeMeters(registry, ticker);
        meters.begin(
                tenants(settings),
                settings.endpoints().keySet(),
                settings.source().model());
        RequestOutcomes outcomes = new RequestOutcomes(meters, ticker);
        bindStep("claudeRequestEnd", outcomes::ended);
        ScheduledExecutorService scheduler = Workers.scheduler("claude-watchdog");
        open.push(scheduler::shutdownNow);
        live(next -> () -> meters.begin(tenants(next)));
        Redactor redactor = new Redactor(settings.redact(), new MessageJson(), meters);
        live(next -> redactor.prepare(next.redact()));
        MessageJson json = new MessageJson(redactor::redactError);
        Optional<Ledger> ledger = ledger(json, scheduler, meters);
        CallRecorder books = ledger.<CallRecorder>map(kept -> kept).orElse(CallRecorder.NONE);
        PromptDialect dialect = new PromptDialect(json);
        ExecutorService sinkThreads = Workers.perTask("claude-sink");
        open.push(sinkThreads::shutdownNow);

        promptReader("claudePromptReader", settings.source(), json);
        OtherApiPaths.Streamed streamedPaths = path -> GatewayPaths.isStreamed(path) && !redactor.redactsPrompts();
        Guard guard = guard(json, outcomes, streamedPaths);
        bind("claudeGuard", guard);
        live(next -> guard.prepare(next.gateway()));
        MessagesEndpoint door = new MessagesEndpoint(
                settings.gateway(),
                settings.split().strategy(),
                settings.fanOut().stopsWithCaller(),
                guard,
                json,
                scheduler,
                ids(),
                ticker);
        live(next -> () -> door.use(next.gateway()));
        bindSteps(door, outcomes);
        Throttle throttle = new Throttle(settings.throttle(), settings.call().deadline(), meters, ticker);
        live(next -> () -> throttle.use(next.throttle()));
        bind("claudeThrottle", throttle);
        bindSteps(throttle);
        bindSteps(replyCache(json, dialect, redactor, registry, meters));
        promptReader("claudeBatchPromptReader", settings.source().unstreamed(), json);
        bind(
                "claudeSplitter",
                new Splitter(
                        new ReplyReader(
                                json,
                                dialect,
                                settings.split().maxEventBytes(),
                                settings.split().maxReplyBytes()),
                        settings.split().junkFrames(),
                        meters));
        bind("claudeRedactor", redactor);
        bindStep("claudeRedactPrompt", redactor::redactPrompt);
        bindStep("claudeRedactReply", redactor::redactReply);
        ProducerTemplate template = context.createProducerTemplate();
        open.push(template);
        UndeliveredStore undelivered = new UndeliveredStore(settings.routes().data(), sinkThreads, clock);
        open.push(undelivered);
        SinkStates sinkStates = new SinkStates(clock);
        Sinks sinks = new Sinks(settings, template, new Sleep(), sinkStates, undelivered, meters);
        bind("claudeFanOut", sinks.fanOut(sinkThreads, scheduler, books, json, outcomes, ticker));
        redeliver(undelivered, sinks, sinkStates, sinkThreads, meters);
        Credentials credentials = credentials(scheduler, meters);
        ledger.ifPresent(kept -> bind("claudeUsagePage", kept.page(reconciliation(kept, credentials))));
        ExecutorService probes = Workers.perTask("claude-probe");
        open.push(probes::shutdownNow);
        Endpoints endpoints = new Endpoints(
                settings.endpoints(),
                credentials.all(),
                settings.call().dnsCache(),
                scheduler,
                probes,
                meters,
                ticker,
                ThreadLocalRandom::current);
        open.push(endpoints);
        live(next -> () -> endpoints.use(next.endpoints()));
        SourceFiles sourceFiles = context.getRegistry().lookupByNameAndType(SOURCE_FILES, SourceFiles.class);
        SourceGates gates = new SourceGates(
                new SourceGates.Conditions(
                        () -> noEndpoint(endpoints),
                        endpoints::refusedCredential,
                        () -> ledger.flatMap(Ledger::refusal),
                        names -> sinkStates.reason(names.stream()
                                .filter(name ->
                                        settings.sinks().get(name).onFailure().holdsBack())
                                .toList())),
                outcomes::answeredNanos,
                meters,
                clock,
                ticker,
                () -> ThreadLocalRandom.current().nextDouble());
        bind("claudeSourceGates", gates);
        bind("claudeDoorErrors", new GatewayErrors(json, outcomes, failure -> context.getRegistry()
                .findByType(OutOfMemory.class)
                .forEach(its -> its.look(failure))));
        bind("claudeCrossOrigin", new CrossOrigin(settings.gateway().origins()));
        IdleCallers idle = new IdleCallers(settings.gateway(), json, scheduler, ticker);
        open.push(idle);
        bind("claudeIdleCallers", idle);
        PassThroughCalls plainCalls = new PassThroughCalls(endpoints, meters, ticker);
        PassThroughEndpoint plainDoor = new PassThroughEndpoint(
                guard, json, outcomes, request -> redactor.passThrough(request, plainCalls::send));
        bind("claudePlainDoor", plainDoor);
        StreamedPassThrough streamed = new StreamedPassThrough(
                plainCalls,
                json,
                outcomes,
                redactor::redactResult,
                settings.split().maxReplyBytes(),
                settings.gateway().writeTimeout());
        bind("claudeOtherApiPaths", new OtherApiPaths(plainDoor, streamed, streamedPaths, guard, json, longestBody()));
        BatchRecorder batchBooks = ledger.<BatchRecorder>map(kept -> kept).orElse(BatchRecorder.NONE);
        PassThroughApi batchApi = new EndpointCalls(endpoints, json, meters, clock, ticker);
        bind(
                "claudeGatewayBatches",
                new BatchesEndpoint(
                        plainDoor,
                        streamed,
                        clientBatches(batchApi, batchBooks, json, redactor),
                        guard,
                        json,
                        outcomes,
                        settings.gateway().writeTimeout()));
        Batches batches =
                batches(batchApi, batchBooks, new BatchDelivery(template, json, outcomes), json, dialect, meters);
        bind(
                "claudeBatchKeeper",
                new BatchIntake(
                        batches,
                        batchBooks,
                        new BatchJson(json),
                        settings.source().headers(),
                        meters));
        bind(
                "claudeHealth",
                new ClaudeHealth(
                        endpoints,
                        credentials,
                        ledger,
                        batches::trouble,
                        sinkStates,
                        gates,
                        undelivered::count,
                        settingsState,
                        clock));
        ExecutorService hedges = Workers.perTask("claude-hedge");
        open.push(hedges::shutdownNow);
        context.addRoutes(new EndpointRoutes(
                settings.call(),
                endpoints,
                json,
                dialect,
                books,
                meters,
                clock,
                ticker,
                new Sleep(),
                scheduler,
                hedges,
                ThreadLocalRandom::current));
        context.addRoutes(
                new SourceRoutes(settings, answered(), this::workers, gates, sourceFiles, new Sleep(), meters));
    }

    private static Optional<String> noEndpoint(Endpoints endpoints) {
        return !endpoints.isAnyOpen()
                ? Optional.of("no endpoint takes calls: "
                        + endpoints.state(endpoints.names().get(0)))
                : Optional.empty();
    }

    private void redeliver(
            UndeliveredStore undelivered, Sinks sinks, SinkStates states, Executor threads, ClaudeMeters meters) {
        settings.sinks().keySet().forEach(name -> meters.sinkFailing(name, () -> states.isFailing(name) ? 1 : 0));
        meters.undeliveredReplies(undelivered::count);
        meters.undeliveredOldestWait(undelivered::oldestWaitSeconds);
        meters.settingsRefused(() -> settingsState.isRefused() ? 1 : 0);
        bind(
                "claudeUndeliveredPage",
                new UndeliveredPage(new UndeliveredReport(settings.routes().data())));
        try {
            undelivered.open();
        } catch (SQLException unreadable) {
            LOG.error("Kept replies cannot be read: {}", unreadable.getMessage());
        }
        DeliveryRetry redelivery = new DeliveryRetry(
                undelivered,
                sinks::offer,
                settings.fanOut().redeliveryDelay(),
                settings.fanOut().maxRedeliveryDelay(),
                threads,
                ticker,
                () -> ThreadLocalRandom.current().nextDouble());
        every(REDELIVERY_ROUND_MILLIS, REDELIVERY_ROUND_MILLIS, "claude-redelivery", () -> {
            if (context.getStatus().isStarted()) {
                redelivery.round();
            }
        });
    }

    private static Set<String> tenants(ClaudeSettings settings) {
        return Stream.of(
                        settings.gateway().keys().values().stream().map(ClaudeSettings.CallerKey::tenant),
                        settings.sources().values().stream().map(ClaudeSettings.NamedSource::tenant),
                        settings.budgets().keySet().stream())
                .flatMap(its -> its)
                .collect(Collectors.toSet());
    }

    private void promptReader(String name, ClaudeSettings.Source source, MessageJson json) {
        PromptReader reader = new PromptReader(
                source, settings.split().strategy(), settings.sinks().keySet(), settings.limits(), json, ids(), ticker);
        live(next -> () -> reader.use(next.limits()));
        bind(name, reader);
    }

    /** A part whose settings take effect while the bundle runs. */
    private void live(LiveSettings.Part part) {
        parts.add(part);
    }

    /** Puts changed settings into effect from now on. */
    void watch(SettingsSource source, Map<String, String> running, Consumer<ClaudeSettings> rules) {
        live(next -> next.gateway()
                .certificate()
                .map(certificate -> ServerCertificate.prepare(
                        certificate,
                        next.gateway().privateKey().orElseThrow(),
                        context.getRegistry().findByType(GatewayServers.class)))
                .orElse(() -> {}));
        if (LogSetup.isPackaged(System.getProperties())) {
            AtomicReference<Set<String>> named =
                    new AtomicReference<>(settings.log().levels().keySet());
            live(next ->
                    () -> LogLevels.apply(named.getAndSet(next.log().levels().keySet()), next.log()));
        }
        LiveSettings changes = new LiveSettings(source, running, rules, parts, settingsState);
        long interval = settings.routes().settingsInterval().toMillis();
        every(interval, interval, "claude-settings", changes::look);
    }

    private Guard guard(MessageJson json, RequestOutcomes outcomes, OtherApiPaths.Streamed streamedPaths) {
        String health = resolved("camel.management.health-path", "/observe/health");
        List<String> healthPages = List.of(resolved("camel.management.path", "") + health, health, health + "/*");
        bind("claudeHealthDetails", new HealthDetails(new OpenPaths(healthPages)));
        List<String> pages = new ArrayList<>(healthPages);
        pages.add(resolved("camel.management.metrics-path", "/observe/metrics"));
        OpenPaths managementPages = new OpenPaths(pages);
        ClaudeSettings.Bounds bounds = settings.gateway().bounds();
        return new Guard(
                settings.gateway(),
                managementPages,
                streamedPaths,
                new BodyBytes(longestBody(), bounds.requestBytes(), bounds.requestBytesPerClient()),
                json,
                outcomes);
    }

    private long longestBody() {
        return Long.parseLong(resolved("camel.server.max-body-size", LONGEST_BODY));
    }

    private String resolved(String property, String otherwise) {
        return context.resolvePropertyPlaceholders("{{" + property + ":" + otherwise + "}}");
    }

    private void bindSteps(MessagesEndpoint door, RequestOutcomes outcomes) {
        bindStep("claudeMessagesDoorOpen", door::open);
        bindStep("claudeMessagesDoorAnswer", door::answer);
        bindStep("claudeMessagesDoorFail", exchange -> {
            outcomes.failedBeside(exchange);
            door.fail(exchange);
        });
    }

    private void bindSteps(Throttle throttle) {
        bindStep("claudeThrottleEnter", throttle::enter);
        bindStep("claudeThrottleLeave", throttle::leave);
    }

    private void bindSteps(ReplyCache cache) {
        bindQuestion("claudeReplyCacheIsUsed", cache::isUsed);
        bindStep("claudeReplyCacheAsk", cache::ask);
        bindStep("claudeReplyCacheAnswer", cache::answer);
        bindQuestion("claudeReplyCacheIsAnswered", cache::isAnswered);
        bindQuestion("claudeReplyCacheIsWorthKeeping", cache::isWorthKeeping);
        bindStep("claudeReplyCacheLeave", cache::leave);
    }

    /** A step of a route by name: unlike a bean's method, it is called without Camel looking for it each time. */
    private void bindStep(String name, Processor step) {
        bind(name, step);
    }

    private void bindQuestion(String name, Predicate question) {
        bind(name, question);
    }

    private void bind(String name, Object bean) {
        Registry registry = context.getRegistry();
        registry.bind(name, bean);
    }

    private Optional<Ledger> ledger(MessageJson json, ScheduledExecutorService watchdog, ClaudeMeters meters) {
        if (!settings.ledger().enabled()) {
            return Optional.empty();
        }
        ExecutorService thread = Workers.scheduler("claude-ledger");
        open.push(thread::shutdownNow);
        ExecutorService journalThread = Workers.scheduler("claude-journal");
        open.push(journalThread::shutdownNow);
        Ledger ledger = new Ledger(
                settings.routes().data(),
                settings.ledger(),
                settings.budgets(),
                json,
                Long.toUnsignedString(ThreadLocalRandom.current().nextLong(), Character.MAX_RADIX),
                thread,
                journalThread,
                watchdog,
                meters,
                clock,
                ticker);
        open.push(ledger);
        live(next -> ledger.prepare(next.ledger().prices(), next.budgets()));
        settings.ledger().export().ifPresent(uri -> export(ledger, uri));
        return Optional.of(ledger);
    }

    private Optional<Reconciliation> reconciliation(Ledger ledger, Credentials credentials) {
        return settings.ledger().reconciliation().map(its -> {
            Reconciliation reconciliation = ledger.reconciliation(
                    its,
                    settings.endpoints().get(its.endpoint()),
                    credentials.all().get(its.credential()));
            open.push(reconciliation);
            long interval = its.interval().toMillis();
            every(interval, Math.min(interval, FIRST_RECONCILIATION), "claude-reconciliation", reconciliation::run);
            return reconciliation;
        });
    }

    private void export(Ledger ledger, String uri) {
        ProducerTemplate template = context.createProducerTemplate();
        open.push(template);
        Export export = ledger.export(json -> {
            Exchange sent = template.send(uri, ExchangePattern.InOnly, exchange -> exchange.getMessage()
                    .setBody(json));
            if (sent.getException() != null) {
                throw sent.getException();
            }
        });
        long pause = Export.PAUSE.toMillis();
        every(pause, pause, "claude-ledger-export", () -> {
            if (context.getStatus().isStarted()) {
                export.round();
            }
        });
    }

    private void every(long millis, long firstMillis, String name, Runnable work) {
        ScheduledExecutorService thread = Workers.scheduler(name);
        open.push(thread::shutdownNow);
        Future<?> rounds = thread.scheduleWithFixedDelay(work, firstMillis, millis, TimeUnit.MILLISECONDS);
        open.push(() -> rounds.cancel(false));
    }

    private Batches batches(
            PassThroughApi api,
            BatchRecorder books,
            BatchDelivery handover,
            MessageJson json,
            PromptDialect dialect,
            ClaudeMeters meters) {
        ScheduledExecutorService looking = Workers.scheduler("claude-batches");
        ExecutorService threads = Workers.perTask("claude-batch");
        ExecutorService storeThread = Workers.scheduler("claude-batch-store");
        open.push(storeThread::shutdownNow);
        Batches batches = new Batches(
                settings.batch(),
                settings.split().maxReplyBytes(),
                settings.routes().data(),
                api,
                books,
                json,
                dialect,
                handover,
                looking,
                threads,
                storeThread,
                meters,
                clock,
                ticker);
        open.push(batches);
        batches.open();
        bind("claudeBatches", batches);
        bind("claudeBatchPage", new BatchPage(batches.report()));
        return batches;
    }

    private ClientBatches clientBatches(PassThroughApi api, BatchRecorder books, MessageJson json, Redactor redactor) {
        ExecutorService threads = Workers.perTask("claude-client-batch");
        open.push(threads::shutdownNow);
        ExecutorService storeThread = Workers.scheduler("claude-client-batch-store");
        open.push(storeThread::shutdownNow);
        ClientBatchStore store = new ClientBatchStore(settings.routes().data(), storeThread, clock);
        open.push(store);
        RequestLimits limits = new RequestLimits(settings.limits(), json);
        live(next -> () -> limits.use(next.limits()));
        BatchRequests requests =
                new BatchRequests(settings.gateway().models(), limits::check, redactor::redactRequest, books, json);
        live(next -> () -> requests.use(next.gateway().models()));
        BatchGateway gateway = new BatchGateway(
                store,
                requests,
                new BatchGateway.Parts(
                        settings.batch(),
                        settings.split().maxReplyBytes(),
                        api,
                        books,
                        json,
                        redactor::redactResult,
                        threads,
                        clock,
                        ticker));
        gateway.open();
        long pause = settings.batch().pollIntervalMax().toMillis();
        every(
                pause,
                Math.min(pause, settings.batch().pollInterval().toMillis()),
                "claude-client-batches",
                gateway::round);
        return gateway.clients();
    }

    private ReplyCache replyCache(
            MessageJson json, PromptDialect dialect, Redactor redactor, MeterRegistry registry, ClaudeMeters meters) {
        Cache<Object, Object> replies = Caffeine.newBuilder()
                .expireAfterWrite(settings.cache().timeToLive())
                .maximumWeight(settings.cache().maxBytes())
                .weigher(ReplyCache::weigh)
                .executor(Runnable::run)
                .ticker(ticker::getAsLong)
                .recordStats()
                .build();
        CaffeineCacheMetrics.monitor(registry, replies, "claude-replies");
        bind("claude-replies", replies);
        ReplyCache cache = new ReplyCache(
                settings.cache().enabled(),
                replies,
                Templates.of(settings.cache().templates(), json, dialect),
                json,
                redactor::version,
                meters,
                ticker);
        live(next -> {
            Templates templates = Templates.of(next.cache().templates(), json, dialect);
            return () -> cache.use(templates);
        });
        return cache;
    }

    private Credentials credentials(ScheduledExecutorService scheduler, ClaudeMeters meters) {
        ExecutorService renewals = Workers.perTask("claude-credential");
        open.push(renewals::shutdownNow);
        Credentials credentials = new Credentials(
                settings.credentials(),
                Stream.concat(
                                settings.endpoints().values().stream().map(ClaudeSettings.Endpoint::credential),
                                settings.ledger().reconciliation().stream()
                                        .map(ClaudeSettings.Reconciliation::credential))
                        .collect(Collectors.toSet()),
                meters,
                scheduler,
                renewals,
                clock,
                ticker,
                ThreadLocalRandom::current,
                new Sleep());
        open.push(credentials);
        return credentials;
    }

    private ExecutorService workers(int size) {
        ExecutorService pool = Workers.pool("claude-source", size);
        open.push(pool::shutdownNow);
        return pool;
    }

    private IdempotentRepository answered() throws Exception {
        boolean needed = settings.sources().values().stream().anyMatch(ClaudeSettings.NamedSource::idempotent);
        File file = settings.routes().data().resolve("answered.txt").toFile();
        if (!needed) {
            return FileIdempotentRepository.fileIdempotentRepository(file);
        }
        PrivateFile.create(file.toPath());
        FileIdempotentRepository repository = new FileIdempotentRepository();
        repository.setFileStore(file);
        repository.setCacheSize(ANSWERED_IN_MEMORY);
        repository.setMaxFileStoreSize(ANSWERED_FILE_BYTES);
        context.addService(repository, true, true);
        return repository;
    }

    /** Short ids that differ between restarts and machines. */
    private static Supplier<String> ids() {
        String run = Long.toString(ThreadLocalRandom.current().nextLong(1L << 40), 36);
        AtomicLong number = new AtomicLong();
        return () -> "prompt-" + run + "-" + number.incrementAndGet();
    }

    private static final class Sleep implements SleepFunction {
        @Override
        public boolean slept(Duration wait) {
            return slept(wait, () -> false);
        }

        @Override
        public boolean slept(Duration wait, BooleanSupplier cancelled) {
            try {
                return CancellableWait.waited(wait.toNanos(), cancelled);
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception failure) {
                LOG.warn("something did not close: {}", failure.toString());
            }
        }
    }
}
