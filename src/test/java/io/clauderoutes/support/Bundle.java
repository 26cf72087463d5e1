package io.clauderoutes.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.Reply;
import io.clauderoutes.gateway.GatewayServers;
import io.clauderoutes.simulator.Simulator;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.camel.CamelContext;
import org.apache.camel.ConsumerTemplate;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpServer;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpServerConfiguration;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The bundle as a foreign Camel application has it: a plain context that finds our jar on its class path, with the packaged
 * routes. It starts when it is first used and must end with nothing at work.
 */
public final class Bundle implements AfterEachCallback, AutoCloseable {

    /** The key of every bundle, to be seen nowhere but on the wire. */
    public static final String KEY = "sk-ant-test-e7b1f0c2d3";

    private static final long PATIENCE_SECONDS = 60;

    private final Map<String, String> settings = new LinkedHashMap<>();
    private final Map<String, Object> beans = new LinkedHashMap<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ExecutorService callers = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "caller");
        thread.setDaemon(true);
        return thread;
    });
    private VertxPlatformHttpServer door;
    private GatewayServers servers;
    private DefaultCamelContext context;
    private ProducerTemplate template;
    private ConsumerTemplate consumer;

    private Bundle(String url) {
        with("claude.endpoints.primary.url", url);
        with("claude.credentials.main.key", KEY);
        with("claude.routes", "");
        with("claude.data", "target/test-data");
        with("claude.call.first-delay", "1ms");
        with("claude.call.max-delay", "2ms");
        with("claude.sinks.*.retry-delay", "1ms");
        with("claude.endpoints.*.first-token-timeout", "60s");
        with("claude.endpoints.*.idle-timeout", "60s");
    }

    /** A bundle whose only endpoint, {@code primary}, is the stub. */
    public static Bundle calling(StubClaude claude) {
        return new Bundle(claude.url());
    }

    /** Without a cache and without redaction, so that calls and answers are seen as they are. */
    public static Bundle callingPlainly(StubClaude claude) {
        return calling(claude).with("claude.cache.enabled", "false").with("claude.redact.enabled", "false");
    }

    public static Bundle calling(Simulator simulator) {
        return new Bundle(simulator.url().toString());
    }

    /** A bundle whose endpoint is somewhere. */
    public static Bundle callingUrl(String url) {
        return new Bundle(url);
    }

    /** Changes a setting; only before the bundle is used. */
    public Bundle with(String key, String value) {
        assertThat(context).as("settings are read once, at start").isNull();
        settings.put(key, value);
        return this;
    }

    /** Opens the HTTP door on a free port of this machine, as a standalone bundle does. */
    public Bundle withHttpDoor() {
        VertxPlatformHttpServerConfiguration configuration = new VertxPlatformHttpServerConfiguration();
        configuration.setBindHost("127.0.0.1");
        configuration.setBindPort(0);
        configuration.setMaxBodySize(1_000_000L);
        configuration.setServerType(VertxPlatformHttpRouter.SERVER_TYPE_SERVER);
        door = new VertxPlatformHttpServer(configuration);
        servers = GatewayServers.of(Vertx.vertx());
        withBean("servers", servers);
        return with("camel.server.enabled", "true")
                .with("claude.gateway.enabled", "true")
                .with("camel.server.host", "127.0.0.1");
    }

    /** Where the HTTP door is. */
    public URI door() {
        context();
        return URI.create("http://127.0.0.1:" + door.getPort());
    }

    /** Binds a bean that routes and URIs of the test name. */
    public Bundle withBean(String name, Object bean) {
        beans.put(name, bean);
        return this;
    }

    public synchronized CamelContext context() {
        if (context == null) {
            DefaultCamelContext fresh = new DefaultCamelContext();
            try {
                Properties initial = new Properties();
                initial.putAll(settings);
                fresh.getPropertiesComponent().setInitialProperties(initial);
                beans.putIfAbsent("metricsRegistry", meters);
                beans.forEach(fresh.getRegistry()::bind);
                if (door != null) {
                    fresh.addService(door);
                }
                fresh.getShutdownStrategy().setTimeout(5);
                fresh.getShutdownStrategy().setSuppressLoggingOnTimeout(true);
                // Two threads that ask Camel for a new endpoint at once get one each.
                settings.values().stream()
                        .filter(uri -> uri.startsWith("mock:"))
                        .forEach(fresh::getEndpoint);
                fresh.start();
            } catch (RuntimeException | Error mistake) {
                fresh.stop();
                throw mistake;
            } catch (Exception mistake) {
                fresh.stop();
                throw new IllegalStateException(mistake);
            }
            template = fresh.createProducerTemplate();
            consumer = fresh.createConsumerTemplate();
            context = fresh;
        }
        return context;
    }

    /** A mock that waits for what it expects as long as anything is waited for here. */
    public MockEndpoint mock(String name) {
        MockEndpoint mock = context().getEndpoint("mock:" + name, MockEndpoint.class);
        mock.setResultWaitTime(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        return mock;
    }

    /** Sends a prompt and gives what came of it, failures included. */
    public Exchange send(Object prompt, Map<String, ?> headers) {
        return sendTo("direct:claude", prompt, headers);
    }

    public Exchange sendTo(String uri, Object prompt, Map<String, ?> headers) {
        context();
        return template.request(uri, exchange -> {
            exchange.getMessage().setBody(prompt);
            headers.forEach(exchange.getMessage()::setHeader);
        });
    }

    public Exchange send(Object prompt) {
        return send(prompt, Map.of());
    }

    /** Hands a message over and waits for nothing. */
    public void post(String uri, Object prompt, Map<String, Object> headers) {
        context();
        template.sendBodyAndHeaders(uri, prompt, headers);
    }

    /** The next message at an endpoint. */
    public Exchange received(String uri) {
        context();
        Exchange exchange = consumer.receive(uri, TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        assertThat(exchange).as("a message at %s", uri).isNotNull();
        return exchange;
    }

    /** The answer's text. */
    public String ask(Object prompt) {
        return ask(prompt, Map.of());
    }

    public String ask(Object prompt, Map<String, ?> headers) {
        return answer(send(prompt, headers));
    }

    private static String answer(Exchange exchange) {
        assertThat(exchange.getException()).isNull();
        return exchange.getMessage().getBody(String.class);
    }

    public Reply reply(Object prompt) {
        Exchange exchange = send(prompt);
        assertThat(exchange.getException()).isNull();
        return exchange.getMessage().getBody(Reply.class);
    }

    /** Asks on a thread of its own. */
    public Future<String> asking(Object prompt, Map<String, ?> headers) {
        return inBackground(() -> ask(prompt, headers));
    }

    public Future<String> asking(Object prompt) {
        return asking(prompt, Map.of());
    }

    public <T> Future<T> inBackground(Callable<T> work) {
        context();
        return callers.submit(work);
    }

    /** Why a prompt gets no answer; an answer fails the test. The prompt must not have become the answer. */
    public ClaudeException failure(Object prompt) {
        return failure(prompt, Map.of());
    }

    public ClaudeException failure(Object prompt, Map<String, ?> headers) {
        return failureOf(send(prompt, headers));
    }

    public static ClaudeException failureOf(Exchange exchange) {
        assertThat(exchange.getException())
                .as(
                        "the failure of an exchange that ended with %s",
                        exchange.getMessage().getBody())
                .isNotNull();
        return ClaudeException.causeOf(exchange.getException())
                .orElseThrow(() -> new AssertionError("no failure of ours", exchange.getException()));
    }

    /** Why the bundle does not start with these settings. */
    public Throwable refusal() {
        Throwable refusal = catchThrowable(this::context);
        assertThat(refusal).as("the bundle started").isNotNull();
        return refusal;
    }

    /** The sum over all meters of this name with these tags, given as name and value in turn. */
    public double meter(String name, String... tags) {
        return meters.find(name).tags(tags).meters().stream()
                .mapToDouble(meter -> meter.measure().iterator().next().getValue())
                .sum();
    }

    /** Everything that the meters show. */
    public String meters() {
        StringBuilder shown = new StringBuilder();
        for (Meter meter : meters.getMeters()) {
            shown.append(meter.getId()).append('\n');
        }
        return shown.toString();
    }

    /** Waits for something that happens on another thread. */
    public static void until(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime())
                    .as("what was waited for has not happened")
                    .isLessThan(deadline);
            Thread.onSpinWait();
            java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    @Override
    public void afterEach(ExtensionContext test) {
        try {
            if (context != null && test.getExecutionException().isEmpty()) {
                until(() -> context.getInflightRepository().size() == 0);
                assertThat(meter("claude.throttle.in.flight"))
                        .as("permits held")
                        .isZero();
                assertThat(meter("claude.cache.under.way"))
                        .as("calls under way")
                        .isZero();
            }
        } finally {
            close();
        }
    }

    @Override
    public synchronized void close() {
        callers.shutdownNow();
        if (context != null) {
            context.stop();
        }
        if (servers != null) {
            servers.close();
        }
    }
}
