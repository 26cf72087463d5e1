package io.clauderoutes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.simulator.ReceivedRequest;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application that has our jar on its class path and otherwise minds its own business. */
class ForeignContextTest {

    private static final String PROMPT = "Name three rivers";

    private final Simulator simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());
    private final List<CamelContext> contexts = new ArrayList<>();

    @TempDir
    private Path folder;

    @AfterEach
    void stop() {
        contexts.forEach(CamelContext::stop);
        simulator.close();
    }

    /** A context with its own settings and routes; of ours it only names where the API is. */
    private CamelContext application(Map<String, String> settings, RouteBuilder routes) throws Exception {
        CamelContext context = new DefaultCamelContext();
        contexts.add(context);
        Properties properties = new Properties();
        properties.put("claude.endpoints.primary.url", simulator.url().toString());
        properties.put("claude.credentials.main.key", "test-key");
        properties.put("claude.data", folder.resolve("data").toString());
        properties.putAll(settings);
        context.getPropertiesComponent().setInitialProperties(properties);
        context.addRoutes(routes);
        context.start();
        return context;
    }

    private CamelContext application(RouteBuilder routes) throws Exception {
        return application(Map.of(), routes);
    }

    private static RouteBuilder route(String through) {
        return new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:start").routeId("its-own").to(through);
            }
        };
    }

    private static Exchange sent(CamelContext context, String to, Object body, Map<String, Object> headers) {
        try (ProducerTemplate template = context.createProducerTemplate()) {
            Exchange answer = template.request(to, exchange -> {
                exchange.getMessage().setBody(body);
                exchange.getMessage().getHeaders().putAll(headers);
            });
            if (answer.getException() != null) {
                throw new IllegalStateException(answer.getException());
            }
            return answer;
        } catch (IOException unclosed) {
            throw new IllegalStateException(unclosed);
        }
    }

    private static String answer(CamelContext context, String prompt) {
        return sent(context, "direct:start", prompt, Map.of()).getMessage().getBody(String.class);
    }

    private static JsonNode asked(ReceivedRequest request) {
        try {
            return new ObjectMapper().readTree(request.body());
        } catch (JsonProcessingException notJson) {
            throw new IllegalStateException(notJson);
        }
    }

    private ReceivedRequest onlyRequest() {
        assertThat(simulator.requests()).hasSize(1);
        return simulator.requests().get(0);
    }

    @Nested
    class Through_the_front_door {

        @Test
        void a_route_gets_the_text_of_the_answer() throws Exception {
            CamelContext context = application(route("direct:claude"));

            assertThat(answer(context, PROMPT)).contains("rivers").isNotEqualTo(PROMPT);
        }

        @Test
        void a_route_can_ask_for_the_whole_reply() throws Exception {
            CamelContext context = application(route("direct:claude"));

            Exchange answer = sent(context, "direct:start", PROMPT, Map.of());

            Reply reply = answer.getMessage().getBody(Reply.class);
            assertThat(reply.text()).isEqualTo(answer.getMessage().getBody(String.class));
            assertThat(reply.stopReason()).isEqualTo("end_turn");
            assertThat(reply.id()).isEqualTo(answer.getMessage().getHeader(ClaudeHeaders.REPLY_ID));
        }

        @Test
        void a_template_can_ask_for_the_whole_reply() throws Exception {
            CamelContext context = application(route("direct:claude"));

            try (ProducerTemplate template = context.createProducerTemplate()) {
                Reply reply = template.requestBody("direct:claude", PROMPT, Reply.class);

                assertThat(reply.text()).contains("rivers");
                assertThat(reply.usage().output()).isPresent();
            }
        }

        @Test
        void a_text_that_is_no_answer_is_no_reply() throws Exception {
            CamelContext context = application(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:start").to("direct:claude").setBody(constant("something else"));
                }
            });

            assertThat(sent(context, "direct:start", PROMPT, Map.of())
                            .getMessage()
                            .getBody(Reply.class))
                    .isNull();
        }

        @Test
        void no_books_are_kept_unless_the_application_asks_for_them() throws Exception {
            answer(application(route("direct:claude")), PROMPT);
            assertThat(folder.resolve("data/ledger.db")).doesNotExist();

            answer(application(Map.of("claude.ledger.enabled", "true"), route("direct:claude")), PROMPT);
            assertThat(folder.resolve("data/ledger.db")).exists();
        }

        @Test
        void the_callers_own_headers_survive() throws Exception {
            CamelContext context = application(route("direct:claude"));

            Exchange answer = sent(context, "direct:start", PROMPT, Map.of("orderId", "4711", "X-Trace", 5));

            assertThat(answer.getMessage().getHeaders())
                    .containsEntry("orderId", "4711")
                    .containsEntry("X-Trace", 5);
        }

        @Test
        void the_callers_own_headers_stay_at_home() throws Exception {
            CamelContext context = application(route("direct:claude"));

            sent(context, "direct:start", PROMPT, Map.of("orderId", "4711", "Authorization", "Basic secret"));

            assertThat(onlyRequest().header("orderId")).isEmpty();
            assertThat(onlyRequest().header("Authorization")).isEmpty();
        }

        @Test
        void options_are_headers() throws Exception {
            CamelContext context = application(route("direct:claude"));

            sent(
                    context,
                    "direct:start",
                    PROMPT,
                    Map.of(ClaudeHeaders.MODEL, "claude-test-1", ClaudeHeaders.MAX_TOKENS, 77));

            assertThat(asked(onlyRequest()).path("model").asText()).isEqualTo("claude-test-1");
            assertThat(asked(onlyRequest()).path("max_tokens").asInt()).isEqualTo(77);
        }
    }

    @Nested
    class Without_the_cache {

        @Test
        void a_prompt_that_asks_for_that_is_answered() throws Exception {
            CamelContext context = application(route("direct:claude"));

            Exchange answer = sent(context, "direct:start", PROMPT, Map.of(ClaudeHeaders.CACHE, "bypass"));

            assertThat(answer.getMessage().getHeader(ClaudeHeaders.CACHE_STATUS))
                    .isEqualTo("bypass");
        }

        @Test
        void every_prompt_is_answered_by_a_call() throws Exception {
            CamelContext context = application(Map.of("claude.cache.enabled", "false"), route("direct:claude"));

            answer(context, PROMPT);
            answer(context, PROMPT);

            assertThat(simulator.requests()).hasSize(2);
        }
    }

    @Nested
    class Through_a_kamelet {

        @Test
        void an_action_goes_on_with_the_answer() throws Exception {
            CamelContext context = application(route("kamelet:claude-messages-action"));

            assertThat(answer(context, PROMPT)).contains("rivers").isNotEqualTo(PROMPT);
        }

        @Test
        void an_action_takes_its_options_as_parameters() throws Exception {
            CamelContext context = application(
                    route("kamelet:claude-messages-action?model=claude-test-1&maxTokens=77&system=Be brief"));

            answer(context, PROMPT);

            assertThat(asked(onlyRequest()).path("model").asText()).isEqualTo("claude-test-1");
            assertThat(asked(onlyRequest()).path("max_tokens").asInt()).isEqualTo(77);
            assertThat(asked(onlyRequest()).path("system").toString()).contains("Be brief");
        }

        @Test
        void an_action_without_options_uses_the_settings() throws Exception {
            CamelContext context = application(
                    Map.of("claude.source.model", "claude-test-2", "claude.source.max-tokens", "55"),
                    route("kamelet:claude-messages-action"));

            answer(context, PROMPT);

            assertThat(asked(onlyRequest()).path("model").asText()).isEqualTo("claude-test-2");
            assertThat(asked(onlyRequest()).path("max_tokens").asInt()).isEqualTo(55);
        }

        @Test
        void an_action_keeps_the_callers_own_headers() throws Exception {
            CamelContext context = application(route("kamelet:claude-messages-action"));

            Exchange answer = sent(context, "direct:start", PROMPT, Map.of("orderId", "4711"));

            assertThat(answer.getMessage().getHeaders()).containsEntry("orderId", "4711");
        }

        @Test
        void an_action_gives_the_whole_reply_too() throws Exception {
            CamelContext context = application(route("kamelet:claude-messages-action"));

            Exchange answer = sent(context, "direct:start", PROMPT, Map.of());

            assertThat(answer.getMessage().getBody(Reply.class).text())
                    .isEqualTo(answer.getMessage().getBody(String.class));
        }

        @Test
        void two_actions_can_stand_behind_one_another() throws Exception {
            CamelContext context = application(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:start")
                            .to("kamelet:claude-messages-action?model=claude-first")
                            .to("kamelet:claude-messages-action");
                }
            });

            answer(context, PROMPT);

            assertThat(simulator.requests())
                    .extracting(request -> asked(request).path("model").asText())
                    .containsExactly("claude-first", "claude-sonnet-5-5");
        }

        @Test
        void redaction_needs_no_call() throws Exception {
            CamelContext context = application(route("kamelet:claude-redact-action"));

            assertThat(answer(context, "Card 4111 1111 1111 1111, SSN 123-45-6789."))
                    .isEqualTo("Card [REDACTED], SSN [REDACTED].");
            assertThat(simulator.requests()).isEmpty();
        }

        @Test
        void a_stream_reaches_a_sink_in_pieces_and_the_caller_whole() throws Exception {
            CamelContext context = application(
                    Map.of("claude.sinks.live.uri", "mock:live", "claude.sinks.live.chunks", "true"),
                    route("kamelet:claude-stream-action?sinks=live"));

            String answer = answer(context, PROMPT);

            MockEndpoint live = context.getEndpoint("mock:live", MockEndpoint.class);
            live.expectedMinimumMessageCount(3);
            live.assertIsSatisfied();
            assertThat(live.getExchanges().stream()
                            .map(exchange -> exchange.getMessage().getBody(String.class))
                            .toList())
                    .last()
                    .isEqualTo("");
            assertThat(String.join(
                            "",
                            live.getExchanges().stream()
                                    .map(exchange -> exchange.getMessage().getBody(String.class))
                                    .toList()))
                    .isEqualTo(answer);
            assertThat(asked(onlyRequest()).path("stream").asBoolean()).isTrue();
        }

        @Test
        void a_sink_gets_the_answer_where_a_route_ends() throws Exception {
            CamelContext context = application(
                    Map.of("claude.sinks.archive.uri", "mock:archive"),
                    route("kamelet:claude-messages-sink?sinks=archive"));

            sent(context, "direct:start", PROMPT, Map.of());

            MockEndpoint archive = context.getEndpoint("mock:archive", MockEndpoint.class);
            archive.expectedMessageCount(1);
            archive.assertIsSatisfied();
            assertThat(archive.getExchanges().get(0).getMessage().getBody(String.class))
                    .contains("rivers");
        }

        @Test
        void a_sink_gets_the_answer_of_a_batch_where_a_route_ends(@TempDir Path data) throws Exception {
            CamelContext context = application(
                    Map.of(
                            "claude.sinks.archive.uri", "mock:archive",
                            "claude.data", data.toString(),
                            "claude.batch.wait", "1ms",
                            "claude.batch.poll-interval", "10ms"),
                    route("kamelet:claude-batch-sink?sinks=archive"));

            MockEndpoint archive = context.getEndpoint("mock:archive", MockEndpoint.class);
            archive.setResultWaitTime(60_000);
            archive.expectedMessageCount(1);

            sent(context, "direct:start", PROMPT, Map.of());

            archive.assertIsSatisfied();
            assertThat(archive.getExchanges().get(0).getMessage().getBody(String.class))
                    .contains("rivers");
            assertThat(simulator.bill().batches().billed()).isEqualTo(1);
        }

        @Test
        void a_prompt_that_looks_like_an_expression_is_a_prompt() throws Exception {
            CamelContext context = application(route("kamelet:claude-messages-action"));
            String hostile = "Explain ${env:HOME} and {{claude.credentials.main.key}} to me";

            answer(context, hostile);

            assertThat(asked(onlyRequest()).path("messages").toString())
                    .contains("${env:HOME}")
                    .contains("{{claude.credentials.main.key}}");
        }
    }

    @Nested
    class The_bundle {

        @Test
        void brings_no_source_and_no_sink_of_its_own() throws Exception {
            CamelContext context = application(route("direct:claude"));

            assertThat(context.getEndpoints())
                    .extracting(endpoint -> endpoint.getEndpointUri())
                    .noneMatch(uri -> uri.contains("inbox") || uri.contains("outbox") || uri.contains("dead-letters"));
            assertThat(context.getRoutes())
                    .extracting(route -> route.getRouteId())
                    .noneMatch(id -> id.startsWith("claude-source-"));
        }

        @Test
        void is_not_ready_before_all_of_it_has_started() throws Exception {
            List<String> seen = new ArrayList<>();
            RouteBuilder early = new RouteBuilder() {
                @Override
                public void configure() throws Exception {
                    getContext().addStartupListener((context, alreadyStarted) -> seen.add(health(context)));
                }
            };

            CamelContext context = application(early);

            assertThat(seen).containsExactly("DOWN the bundle is starting");
            assertThat(health(context)).startsWith("UP");
        }

        private static String health(CamelContext context) {
            return HealthCheckHelper.invoke(context).stream()
                    .filter(result -> result.getCheck().getGroup().equals("claude"))
                    .map(result -> result.getState() + " " + result.getMessage().orElse(""))
                    .findAny()
                    .orElse("no such check");
        }

        @Test
        void leaves_no_file_behind() throws Exception {
            CamelContext context = application(route("direct:claude"));

            answer(context, PROMPT);
            context.stop();

            assertThat(Files.exists(folder.resolve("data"))).isFalse();
        }

        @Test
        void does_not_read_a_routes_folder_that_it_was_not_given() throws Exception {
            assertThat(Path.of("routes")).as("the folder that it must not take").isDirectory();

            CamelContext context = application(route("direct:claude"));

            assertThat(context.getRoute("claude-call").getSourceLocation()).contains("classpath");
        }

        @Test
        void counts_in_the_applications_own_registry() throws Exception {
            MeterRegistry registry = new SimpleMeterRegistry();
            CamelContext context = new DefaultCamelContext();
            contexts.add(context);
            context.getRegistry().bind("metricsRegistry", registry);
            context.getPropertiesComponent()
                    .addInitialProperty(
                            "claude.endpoints.primary.url", simulator.url().toString());
            context.getPropertiesComponent().addInitialProperty("claude.credentials.main.key", "test-key");
            context.addRoutes(route("direct:claude"));
            context.start();

            answer(context, PROMPT);

            assertThat(registry.get("claude.api.calls")
                            .tag("status", "200")
                            .counter()
                            .count())
                    .isEqualTo(1);
        }

        @Test
        void leaves_no_thread_behind() throws Exception {
            // Other tests have threads of the same names at the same time: a thread is of the group of its maker.
            ThreadGroup group = new ThreadGroup("application");
            List<Thread> ours = new CopyOnWriteArrayList<>();
            FutureTask<Void> life = new FutureTask<>(() -> {
                CamelContext context = application(route("direct:claude"));
                answer(context, PROMPT);
                Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getThreadGroup() == group)
                        .filter(thread -> thread.getName().startsWith("claude-"))
                        .forEach(ours::add);
                context.stop();
                return null;
            });
            new Thread(group, life).start();
            life.get(60, TimeUnit.SECONDS);

            assertThat(ours).isNotEmpty();
            for (Thread thread : ours) {
                thread.join(60_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
    }

    @Nested
    class Two_applications_in_one_jvm {

        @Test
        void remember_answers_each_for_itself() throws Exception {
            CamelContext one = application(route("direct:claude"));
            CamelContext other = application(route("direct:claude"));

            answer(one, PROMPT);
            Exchange answer = sent(other, "direct:start", PROMPT, Map.of());

            assertThat(answer.getMessage().getHeader(ClaudeHeaders.CACHE_STATUS))
                    .isEqualTo("miss");
            assertThat(simulator.requests()).hasSize(2);
        }

        @Test
        void have_each_their_own_settings() throws Exception {
            CamelContext one = application(Map.of("claude.source.model", "claude-one"), route("direct:claude"));
            CamelContext other = application(Map.of("claude.source.model", "claude-other"), route("direct:claude"));

            answer(one, PROMPT);
            answer(other, PROMPT);

            assertThat(simulator.requests())
                    .extracting(request -> asked(request).path("model").asText())
                    .containsExactly("claude-one", "claude-other");
        }

        @Test
        void go_on_when_the_other_stops() throws Exception {
            CamelContext one = application(route("direct:claude"));
            CamelContext other = application(route("direct:claude"));
            answer(one, PROMPT);

            one.stop();

            assertThat(answer(other, PROMPT)).contains("rivers");
        }
    }

    @Nested
    class A_wrong_setting {

        @Test
        void stops_the_start_and_names_the_right_one() {
            assertThatThrownBy(() -> application(Map.of("claude.cach.enabled", "false"), route("direct:claude")))
                    .hasStackTraceContaining(
                            "claude.cach.enabled is not a setting; did you mean claude.cache.enabled?");
        }

        @Test
        void is_told_together_with_the_others() {
            assertThatThrownBy(() -> application(
                            Map.of("claude.throttle.in-flight", "0", "claude.split.strategy", "sometimes"),
                            route("direct:claude")))
                    .hasStackTraceContaining("claude.throttle.in-flight=0")
                    .hasStackTraceContaining("claude.split.strategy=sometimes");
        }
    }
}
