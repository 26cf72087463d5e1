package io.clauderoutes;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.clauderoutes.cache.ReplyCache;
import io.clauderoutes.cache.Templates;
import io.clauderoutes.call.EndpointRoutes;
import io.clauderoutes.call.Endpoints;
import io.clauderoutes.call.PlainCalls;
import io.clauderoutes.credential.ApiKey;
import io.clauderoutes.credential.Credential;
import io.clauderoutes.fanout.Sinks;
import io.clauderoutes.fanout.Terminal;
import io.clauderoutes.gateway.DoorErrors;
import io.clauderoutes.gateway.MessagesDoor;
import io.clauderoutes.gateway.PlainDoor;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.redact.Redactor;
import io.clauderoutes.source.PromptReader;
import io.clauderoutes.source.SourceRoutes;
import io.clauderoutes.split.Splitter;
import io.clauderoutes.stream.ReplyReader;
import io.clauderoutes.throttle.Throttle;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.cache.CaffeineCacheMetrics;
import java.io.File;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
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
    private static final int ANSWERED_IN_MEMORY = 100_000;
    private static final long ANSWERED_FILE_BYTES = 32L * 1024 * 1024;

    private final CamelContext context;
    private final ClaudeSettings settings;
    private final Clock clock = Clock.systemUTC();
    private final LongSupplier ticker = System::nanoTime;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    ClaudeBeans(CamelContext context, ClaudeSettings settings) {
        this.context = context;
        this.settings = settings;
    }

    /** Binds the beans and adds the routes that are Java. */
    void bind(MeterRegistry registry) throws Exception {
        ClaudeMeters meters = new ClaudeMeters(registry, ticker);
        MessageJson json = new MessageJson();
        PromptDialect dialect = new PromptDialect(json);
        ScheduledExecutorService scheduler = Workers.scheduler("claude-watchdog");
        open.push(scheduler::shutdownNow);
        ExecutorService sinkThreads = Workers.perTask("claude-sink");
        open.push(sinkThreads::shutdownNow);

        Redactor redactor = new Redactor(settings.redact(), json, meters);
        bind(
                "claudePromptReader",
                new PromptReader(
                        settings.source(),
                        settings.split().strategy(),
                        settings.sinks().keySet(),
                        json,
                        ids(),
                        ticker));
        bind(
                "claudeMessagesDoor",
                new MessagesDoor(settings.gateway(), settings.split().strategy(), json, scheduler, ids(), ticker));
        bind("claudeThrottle", new Throttle(settings.throttle(), meters, ticker));
        bind("claudeReplyCache", replyCache(json, dialect, redactor, registry, meters));
        bind(
                "claudeSplitter",
                new Splitter(
                        new ReplyReader(
                                json,
                                dialect,
                                settings.split().maxEventBytes(),
                                settings.split().maxReplyBytes()),
                        meters));
        bind("claudeRedactor", redactor);
        ProducerTemplate template = context.createProducerTemplate();
        open.push(template);
        bind(
                "claudeFanOut",
                Sinks.fanOut(settings, template, sinkThreads, scheduler, ClaudeBeans::waited, json, meters, ticker));
        bind("claudeTerminal", new Terminal(System.out));

        Endpoints endpoints = new Endpoints(settings.endpoints(), credentials(), scheduler, meters, ticker);
        open.push(endpoints);
        bind("claudeDoorErrors", new DoorErrors(json));
        bind("claudePlainDoor", new PlainDoor(settings.gateway(), json, new PlainCalls(endpoints)::send));
        bind("claudeHealth", new ClaudeHealth(endpoints));
        context.addRoutes(new EndpointRoutes(
                settings.call(),
                endpoints,
                json,
                dialect,
                meters,
                clock,
                ticker,
                wait -> Thread.sleep(wait.toMillis()),
                ThreadLocalRandom::current));
        context.addRoutes(new SourceRoutes(settings, answered(), this::workers, meters));
    }

    private void bind(String name, Object bean) {
        Registry registry = context.getRegistry();
        registry.bind(name, bean);
    }

    private ReplyCache replyCache(
            MessageJson json, PromptDialect dialect, Redactor redactor, MeterRegistry registry, ClaudeMeters meters) {
        Cache<Object, Object> replies = Caffeine.newBuilder()
                .expireAfterWrite(settings.cache().timeToLive())
                .maximumWeight(settings.cache().maxBytes())
                .weigher(ReplyCache::weigh)
                .ticker(ticker::getAsLong)
                .recordStats()
                .build();
        CaffeineCacheMetrics.monitor(registry, replies, "claude-replies");
        bind("claude-replies", replies);
        return new ReplyCache(
                settings.cache().enabled(),
                replies,
                Templates.of(settings.cache().templates(), json, dialect),
                json,
                redactor.version(),
                meters);
    }

    private Map<String, Credential> credentials() {
        Map<String, Credential> credentials = new HashMap<>();
        settings.credentials()
                .forEach(
                        (name, credential) -> credentials.put(name, new ApiKey(credential.key(), credential.bearer())));
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

    private static boolean waited(Duration wait) {
        try {
            Thread.sleep(wait.toMillis());
            return true;
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return false;
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
