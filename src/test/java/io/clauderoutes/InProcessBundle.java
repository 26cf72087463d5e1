package io.clauderoutes;

import io.clauderoutes.bundle.ClaudeBundle;
import io.clauderoutes.gateway.GatewayServers;
import io.clauderoutes.support.FreePort;
import io.clauderoutes.support.Patience;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.camel.CamelContext;
import org.apache.camel.main.Main;

/** A standalone bundle in the JVM of the test, with an {@code application.properties} of its own that a test can change. */
public final class InProcessBundle implements AutoCloseable {

    public static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient http = HttpClient.newHttpClient();
    private final Path home;
    private final int port = FreePort.next();
    private final int management = FreePort.next();
    private final Map<String, String> settings = new TreeMap<>();
    private final Main main = new Main();
    private final GatewayServers servers = GatewayServers.of(Vertx.vertx());

    public InProcessBundle(Path home, URI endpoint) {
        this.home = home;
        settings.put("camel.server.enabled", "true");
        settings.put("camel.server.host", "127.0.0.1");
        settings.put("camel.server.port", Integer.toString(port));
        settings.put("camel.management.enabled", "true");
        settings.put("camel.management.host", "127.0.0.1");
        settings.put("camel.management.port", Integer.toString(management));
        settings.put("camel.management.health-check-enabled", "true");
        settings.put("camel.management.health-path", "/observe/health");
        settings.put("camel.management.metrics-enabled", "true");
        settings.put("camel.metrics.enabled", "true");
        settings.put("claude.gateway.enabled", "true");
        settings.put("claude.routes", "");
        settings.put("claude.ledger.enabled", "true");
        settings.put("claude.data", home.resolve("data").toString());
        settings.put("claude.settings-reload.interval", "50ms");
        settings.put("claude.endpoints.primary.url", endpoint.toString());
        settings.put("claude.credentials.main.key", "sk-ant-test-live-settings");
    }

    public InProcessBundle with(String key, String value) {
        settings.put(key, value);
        return this;
    }

    /** Binds a bean that URIs of the settings name. */
    public InProcessBundle bind(String name, Object bean) {
        main.bind(name, bean);
        return this;
    }

    /** Where the management server is. */
    public URI management() {
        return URI.create("http://127.0.0.1:" + management);
    }

    public CamelContext context() {
        return main.getCamelContext();
    }

    public InProcessBundle started() throws Exception {
        save();
        main.configure().withBasePackageScanEnabled(false);
        main.setPropertyPlaceholderLocations("file:" + file());
        main.bind("metricsRegistry", new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        main.bind(ClaudeBundle.STANDALONE, true);
        main.bind("claudeVertx", servers);
        main.start();
        Patience.until(() -> get("/observe/health/ready").statusCode() == 200, PATIENCE, () -> "not ready");
        return this;
    }

    public Path file() {
        return home.resolve("application.properties");
    }

    /** Writes {@code application.properties} as the settings are now. */
    public void save() throws IOException {
        Files.writeString(file(), text());
    }

    public String text() {
        StringBuilder text = new StringBuilder();
        settings.forEach(
                (key, value) -> text.append(key).append(" = ").append(value).append('\n'));
        return text.toString();
    }

    /** Changes a setting in the file. */
    public void set(String key, String value) throws IOException {
        settings.put(key, value);
        save();
    }

    public void remove(String key) throws IOException {
        settings.remove(key);
        save();
    }

    /** A page of the management server. */
    public HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + management + path))
                        .build(),
                BodyHandlers.ofString());
    }

    /** What health tells of the bundle itself. */
    public String health() {
        try {
            String all = get("/observe/health").body();
            int begin = all.indexOf("\"name\":\"endpoints\"");
            return all.substring(Math.max(0, begin), Math.max(0, all.indexOf("\"name\":\"route", begin)));
        } catch (IOException | InterruptedException gone) {
            return gone.toString();
        }
    }

    public URI door(String scheme) {
        return URI.create(scheme + "://localhost:" + port);
    }

    public HttpResponse<String> ask(String key, String model, String question)
            throws IOException, InterruptedException {
        String body = "{\"model\":\"" + model + "\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\""
                + question + "\"}]}";
        return http.send(
                HttpRequest.newBuilder(URI.create(door("http") + "/v1/messages"))
                        .header("content-type", "application/json")
                        .header("x-api-key", key)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    public int status(String key) throws IOException, InterruptedException {
        return ask(key, "claude-sonnet-5-5", "say exactly: Pong.").statusCode();
    }

    /** Waits until a key gets a status. */
    public void until(String key, int status) {
        Patience.until(
                () -> status(key) == status, PATIENCE, () -> "key " + key + " never gets " + status + "; " + health());
    }

    public void untilAnswer(String key, String model, String question, String part) {
        List<String> last = new java.util.ArrayList<>();
        Patience.until(
                () -> {
                    last.clear();
                    last.add(ask(key, model, question).body());
                    return last.get(0).contains(part);
                },
                PATIENCE,
                () -> last + "; " + health());
    }

    public void untilHealth(String part) {
        Patience.until(() -> health().contains(part), PATIENCE, this::health);
    }

    public void untilHealthWithout(String part) {
        Patience.until(() -> !health().contains(part), PATIENCE, this::health);
    }

    @Override
    public void close() {
        main.stop();
        servers.close();
    }
}
