package io.clauderoutes.ledger.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.credential.Credential;
import io.clauderoutes.ledger.row.Hour;
import io.clauderoutes.ledger.row.HourUsage;
import io.clauderoutes.settings.EndpointSettings;
import io.clauderoutes.settings.ReconciliationSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.net.URIBuilder;
import org.apache.hc.core5.util.Timeout;

/** What the API says was used, by hour and model, in the older of its reports or in the newer. */
public final class ProviderUsage implements AutoCloseable {

    private static final String BETA = "analytics-usage-cost-2026-08-24";
    private static final Timeout TIMEOUT = Timeout.of(Duration.ofSeconds(30));
    private static final int LONGEST_ANSWER = 16 * 1024 * 1024;
    private static final int MOST_PAGES = 1_000;
    private static final int OK = 200;

    private final ReconciliationSettings settings;
    private final URI base;
    private final String version;
    private final Credential credential;
    private final CloseableHttpClient client;
    private final ObjectMapper mapper = new ObjectMapper();

    /**
     * Asks an endpoint.
     *
     * @param credential one of an administrator
     */
    public ProviderUsage(ReconciliationSettings settings, EndpointSettings endpoint, Credential credential) {
        this.settings = settings;
        this.base = endpoint.url();
        this.version = endpoint.api().version();
        this.credential = credential;
        this.client = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(TIMEOUT)
                                .setSocketTimeout(TIMEOUT)
                                .build())
                        .build())
                .setDefaultRequestConfig(
                        RequestConfig.custom().setResponseTimeout(TIMEOUT).build())
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableAuthCaching()
                .setUserAgent("claude-routes")
                .build();
    }

    /**
     * All that was used from one hour to before another.
     *
     * @throws IOException if there is no answer, or none that makes sense
     */
    Map<HourUsage.Key, HourUsage> between(Instant from, Instant to) throws IOException {
        Map<HourUsage.Key, HourUsage> usage = new TreeMap<>();
        String page = "";
        for (int pages = 0; pages < MOST_PAGES; pages++) {
            JsonNode answer = ask(uri(from, to, page));
            for (JsonNode bucket : answer.path("data")) {
                add(bucket, usage);
            }
            page = answer.path("next_page").asText("");
            if (!answer.path("has_more").asBoolean() || page.isEmpty()) {
                return usage;
            }
        }
        throw new IOException("the report has more than " + MOST_PAGES + " pages");
    }

    private URI uri(Instant from, Instant to, String page) throws IOException {
        try {
            URIBuilder uri = new URIBuilder(base);
            String path = base.getPath() == null ? "" : base.getPath().replaceAll("/$", "");
            uri.setPath(path
                    + (settings.newer()
                            ? "/v1/organizations/analytics/usage"
                            : "/v1/organizations/usage_report/messages"));
            uri.addParameter("starting_at", from.toString()).addParameter("ending_at", to.toString());
            uri.addParameter(settings.newer() ? "time_bucket_width" : "bucket_width", "1h");
            uri.addParameter("group_by[]", "model");
            settings.filter().apiKeyIds().forEach(id -> uri.addParameter("api_key_ids[]", id));
            settings.filter().workspaceIds().forEach(id -> uri.addParameter("workspace_ids[]", id));
            if (!page.isEmpty()) {
                uri.addParameter("page", page);
            }
            return uri.build();
        } catch (URISyntaxException broken) {
            throw new IOException(broken);
        }
    }

    private JsonNode ask(URI uri) throws IOException {
        HttpGet get = new HttpGet(uri);
        get.setHeader("anthropic-version", version);
        if (settings.newer()) {
            get.setHeader("anthropic-beta", BETA);
        }
        credential.sign(get);
        return client.execute(get, this::answer);
    }

    /** The text of a refusal is not passed on: it may repeat text of the request. */
    private JsonNode answer(ClassicHttpResponse response) throws IOException {
        if (response.getCode() != OK) {
            throw new IOException("the report was answered with status " + response.getCode());
        }
        try (InputStream in = response.getEntity().getContent()) {
            byte[] body = in.readNBytes(LONGEST_ANSWER + 1);
            if (body.length > LONGEST_ANSWER) {
                throw new IOException("the report's page is longer than " + LONGEST_ANSWER + " bytes");
            }
            return mapper.readTree(body);
        }
    }

    private static void add(JsonNode bucket, Map<HourUsage.Key, HourUsage> usage) throws IOException {
        String start = bucket.path("starting_at").asText();
        long hour;
        try {
            hour = Hour.of(Instant.parse(start));
        } catch (DateTimeException notATime) {
            throw new IOException("the report has a bucket that starts at \"" + start + "\"", notATime);
        }
        for (JsonNode result : bucket.path("results")) {
            JsonNode written = result.path("cache_creation");
            HourUsage one = new HourUsage(
                    result.path("uncached_input_tokens").asLong(),
                    result.path("output_tokens").asLong(),
                    result.path("cache_read_input_tokens").asLong(),
                    written.path("ephemeral_5m_input_tokens").asLong(),
                    written.path("ephemeral_1h_input_tokens").asLong());
            usage.merge(new HourUsage.Key(hour, result.path("model").asText("")), one, HourUsage::plus);
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
