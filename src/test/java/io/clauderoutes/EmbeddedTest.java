package io.clauderoutes;

import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.bundle.ClaudeBundle;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.Route;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An application that has the jar gets nothing that it has not requested. */
class EmbeddedTest {

    private static final String PROMPT = "Name three rivers";

    private final List<CamelContext> contexts = new ArrayList<>();

    @TempDir
    private Path folder;

    @AfterEach
    void stop() {
        contexts.forEach(CamelContext::stop);
    }

    private CamelContext application(Map<String, String> settings) throws Exception {
        return application(settings, new RouteBuilder() {
            @Override
            public void configure() {
                // none
            }
        });
    }

    private CamelContext application(Map<String, String> settings, RouteBuilder routes) throws Exception {
        CamelContext context = new DefaultCamelContext();
        contexts.add(context);
        Properties properties = new Properties();
        properties.put("claude.credentials.main.key", "");
        properties.put("claude.data", folder.resolve("data").toString());
        properties.putAll(settings);
        context.getPropertiesComponent().setInitialProperties(properties);
        context.addRoutes(routes);
        context.start();
        return context;
    }

    private static Exchange sent(CamelContext context, String to) throws IOException {
        try (ProducerTemplate template = context.createProducerTemplate()) {
            return template.request(to, exchange -> exchange.getMessage().setBody(PROMPT));
        }
    }

    private static HealthCheck.Result health(CamelContext context) {
        return HealthCheckHelper.invoke(context).stream()
                .filter(result -> result.getCheck().getGroup().equals("claude"))
                .findAny()
                .orElseThrow();
    }

    private static void assertNamesTheKey(Exchange exchange) {
        assertThat(Bundle.failureOf(exchange))
                .isInstanceOf(ClaudeException.Unauthorized.class)
                .hasMessageContaining("credential main has no key")
                .hasMessageContaining("claude.credentials.main.key")
                .hasMessageContaining("ANTHROPIC_API_KEY");
    }

    @Nested
    class Without_a_key {

        @Test
        void a_call_fails_and_names_the_setting() throws Exception {
            CamelContext context = application(Map.of());

            assertNamesTheKey(sent(context, "direct:claude"));
            assertNamesTheKey(sent(context, "claude:messages"));
            assertNamesTheKey(sent(context, "direct:claude"));
        }

        @Test
        void a_count_of_tokens_fails_and_names_the_setting() throws Exception {
            assertNamesTheKey(sent(application(Map.of()), "claude:tokens"));
        }

        @Test
        void health_names_the_setting() throws Exception {
            HealthCheck.Result health = health(application(Map.of()));

            assertThat(health.getState()).isEqualTo(HealthCheck.State.DOWN);
            assertThat(health.getMessage().orElse("")).contains("claude.credentials.main.key");
            assertThat(health.getDetails().get("credential.main"))
                    .asString()
                    .contains("claude.credentials.main.key")
                    .contains("ANTHROPIC_API_KEY");
        }

        @Test
        void the_simulator_replies_if_the_application_requests_it() throws Exception {
            CamelContext context = application(Map.of(
                    "claude.simulator.enabled", "true",
                    "claude.simulator.latency", "0s",
                    "claude.simulator.latency-p99", "0s",
                    "claude.simulator.tokens-per-second", "0"));

            assertThat(sent(context, "direct:claude").getMessage().getBody(String.class))
                    .contains("rivers")
                    .isNotEqualTo(PROMPT);
        }

        @Test
        void an_endpoint_of_its_own_is_called() throws Exception {
            CamelContext context = application(
                    Map.of("claude.endpoints.primary.url", "http://127.0.0.1:1", "claude.call.max-attempts", "1"));

            assertThat(Bundle.failureOf(sent(context, "direct:claude")))
                    .isInstanceOf(ClaudeException.Unavailable.class);
        }
    }

    @Test
    void ports_are_the_business_of_the_application() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CamelContext context = application(Map.of(
                    "camel.server.enabled",
                    "true",
                    "camel.server.host",
                    "127.0.0.1",
                    "camel.server.port",
                    Integer.toString(taken.getLocalPort())));

            assertThat(context.isStarted()).isTrue();
        }
    }

    @Nested
    class With_an_http_server_of_its_own {

        @RegisterExtension
        final StubClaude claude = new StubClaude();

        private HttpResponse<String> asked(Bundle bundle, String path) throws Exception {
            bundle.context().addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("platform-http:/orders").setBody(constant("its own"));
                }
            });
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(bundle.door().resolve(path))
                                    .POST(BodyPublishers.ofString("{}"))
                                    .build(),
                            BodyHandlers.ofString());
        }

        @Test
        void a_gateway_without_a_server_is_reported() throws Exception {
            try (CapturedLog log = new CapturedLog(ClaudeBundle.class.getName(), Level.WARN)) {
                application(Map.of("claude.gateway.enabled", "true"));

                assertThat(log.lines()).anyMatch(line -> line.contains("camel.server.enabled=true"));
            }
        }

        private Bundle withServer() {
            return Bundle.calling(claude).withHttpDoor().with("claude.gateway.enabled", "false");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/v1/messages",
                    "/v1/messages/count_tokens",
                    "/v1/messages/batches",
                    "/v1/models",
                    "/api/hello"
                })
        void no_path_of_the_gateway_is_there(String path) throws Exception {
            try (Bundle bundle = withServer()) {
                HttpResponse<String> response = asked(bundle, path);

                assertThat(response.statusCode()).isEqualTo(404);
                assertThat(bundle.context().getEndpoints())
                        .extracting(Endpoint::getEndpointUri)
                        .filteredOn(uri -> uri.startsWith("platform-http:"))
                        .allMatch(uri -> uri.contains("orders"));
            }
        }

        @Test
        void routes_of_its_own_are_served() throws Exception {
            try (Bundle bundle = withServer()) {
                HttpResponse<String> response = asked(bundle, "/orders");

                assertThat(response.body()).isEqualTo("its own");
                assertThat(response.headers().map()).doesNotContainKey("request-id");
            }
        }

        @Test
        void keys_guard_routes_of_its_own() throws Exception {
            try (Bundle bundle = withServer().with("claude.gateway.keys.app.key", "sk-app-0123456789abcdef")) {
                assertThat(asked(bundle, "/orders").statusCode()).isEqualTo(401);
            }
        }

        @Test
        void the_gateway_serves_if_the_application_requests_it() throws Exception {
            claude.next(says("Three rivers."));
            try (Bundle bundle = Bundle.calling(claude).withHttpDoor().with("claude.gateway.enabled", "true")) {
                assertThat(asked(bundle, "/v1/messages").statusCode()).isEqualTo(200);
            }
        }
    }

    @Nested
    class Switched_off {

        private final Map<String, String> off =
                Map.of("claude.enabled", "false", "claude.ledger.enabled", "true", "claude.cach.enabled", "a mistake");

        private void assertNamesTheSetting(Exchange exchange) {
            assertThat(Bundle.failureOf(exchange))
                    .hasMessageContaining("Claude Routes is switched off: claude.enabled=false");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "direct:claude",
                    "claude:messages",
                    "claude:batch",
                    "claude:redact",
                    "claude:tokens",
                    "kamelet:claude-messages-action"
                })
        void each_prompt_fails_and_names_the_setting(String to) throws Exception {
            assertNamesTheSetting(sent(application(off), to));
        }

        @Test
        void a_context_has_no_part_of_the_bundle() throws Exception {
            CamelContext context = application(off);

            assertThat(context.getRoutes()).extracting(Route::getId).containsExactly("claude-switched-off");
            assertThat(HealthCheckHelper.invoke(context))
                    .noneMatch(result -> result.getCheck().getGroup().equals("claude"));
            assertThat(folder.resolve("data")).doesNotExist();
        }

        @Test
        void a_route_of_a_test_replies_in_place_of_the_stages() throws Exception {
            CamelContext context = application(off, new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:claude").setBody(constant("Rhine, Nile, Amazon"));
                }
            });

            assertThat(sent(context, "direct:claude").getMessage().getBody(String.class))
                    .isEqualTo("Rhine, Nile, Amazon");
        }
    }
}
