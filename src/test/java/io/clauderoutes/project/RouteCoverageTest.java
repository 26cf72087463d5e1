package io.clauderoutes.project;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.ItemFate;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.NamedNode;
import org.apache.camel.Processor;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.CatchDefinition;
import org.apache.camel.model.FinallyDefinition;
import org.apache.camel.model.OnExceptionDefinition;
import org.apache.camel.model.OtherwiseDefinition;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.TryDefinition;
import org.apache.camel.model.WhenDefinition;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No step of a route goes unvisited: what no situation needs is not needed. */
class RouteCoverageTest {

    /** Blocks, which are visited when the steps in them are. */
    private static final List<Class<?>> PARTS = List.of(
            TryDefinition.class,
            CatchDefinition.class,
            FinallyDefinition.class,
            WhenDefinition.class,
            OtherwiseDefinition.class,
            OnExceptionDefinition.class);

    private final Simulator simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());
    private final DefaultCamelContext context = new DefaultCamelContext();

    private final Set<String> visited = ConcurrentHashMap.newKeySet();

    @TempDir
    private Path data;

    @BeforeEach
    void start() {
        Properties settings = new Properties();
        settings.put("claude.data", data.toString());
        settings.put("claude.endpoints.primary.url", simulator.url().toString());
        settings.put("claude.endpoints.gateway.url", simulator.url().toString());
        settings.put("claude.endpoints.gateway.dialect", "prompt");
        settings.put("claude.credentials.main.key", "test-key");
        settings.put("claude.agent.repair.enabled", "true");
        settings.put("claude.call.first-delay", "0s");
        settings.put("claude.call.retry-budget-percent", "100");
        settings.put("claude.sources.tray.uri", "direct:tray");
        settings.put("claude.sources.tray.workers", "1");
        settings.put("claude.sources.tray.dead-letter", "mock:dead-letters");
        settings.put("claude.sources.bell.uri", "direct:bell");
        settings.put("claude.sources.bell.idempotent.enabled", "false");
        settings.put("claude.sources.pile.uri", "direct:pile");
        settings.put("claude.sources.pile.batch", "true");
        settings.put("claude.sources.pile.idempotent.enabled", "false");
        settings.put("claude.sources.pile.dead-letter", "mock:dead-letters");
        settings.put("claude.batch.dead-letter", "mock:dead-letters");
        settings.put("claude.batch.wait", "1ms");
        settings.put("claude.batch.poll-interval", "10ms");
        settings.put("claude.endpoints.primary.priority", "1");
        settings.put("claude.fan-out.sinks", "answers");
        settings.put("claude.sinks.answers.uri", "mock:answers");
        context.getPropertiesComponent().setInitialProperties(settings);
        context.getCamelContextExtension().addInterceptStrategy(this::noting);
        context.start();
    }

    private Processor noting(CamelContext its, NamedNode step, Processor target, Processor next) {
        return new DelegateAsyncProcessor(target) {
            @Override
            public boolean process(Exchange exchange, AsyncCallback callback) {
                visited.add(step.getId());
                return super.process(exchange, callback);
            }
        };
    }

    @AfterEach
    void stop() {
        context.stop();
        List<Fault> unasked = simulator.unasked();
        simulator.close();

        assertThat(unasked).isEmpty();
    }

    @Test
    void every_step_of_every_route_is_visited_in_some_situation() throws Exception {
        a_prompt_comes_in("first");
        the_same_message_comes_in_again("first");
        another_message_asks_the_same("first");
        a_message_without_an_id_comes_in();
        a_message_that_is_no_prompt_comes_in();
        a_message_that_is_no_prompt_comes_in_without_dead_letters();
        a_caller_wants_no_memory("true");
        a_caller_wants_no_memory("false");
        one_endpoint_fails_and_the_other_answers();
        a_reply_does_not_fit_its_schema();
        a_reply_fits_its_schema();
        a_prompt_of_a_batch_is_not_answered("direct:pile");
        a_prompt_of_a_batch_is_not_answered("direct:claude-batch");
        a_prompt_of_a_batch_is_no_prompt();

        assertThat(unvisited())
                .as("steps that no situation of this test visits: add the situation, or take the step away")
                .isEmpty();
    }

    private void a_prompt_comes_in(String id) throws Exception {
        assertThat(sent("direct:tray", "Name a river", Map.of("JMSMessageID", id))
                        .getException())
                .isNull();
    }

    private void the_same_message_comes_in_again(String id) throws Exception {
        a_prompt_comes_in(id);
    }

    private void another_message_asks_the_same(String id) throws Exception {
        a_prompt_comes_in("not " + id);
    }

    private void a_message_without_an_id_comes_in() throws Exception {
        assertThat(sent("direct:bell", "Name a lake", Map.of()).getException()).isNull();
    }

    private void a_message_that_is_no_prompt_comes_in() throws Exception {
        MockEndpoint deadLetters = context.getEndpoint("mock:dead-letters", MockEndpoint.class);
        deadLetters.expectedMessageCount(1);

        sent("direct:tray", " ", Map.of("JMSMessageID", "empty"));

        deadLetters.assertIsSatisfied();
    }

    private void a_message_that_is_no_prompt_comes_in_without_dead_letters() throws Exception {
        assertThat(sent("direct:bell", " ", Map.of()).getException()).isNotNull();
    }

    private void a_caller_wants_no_memory(String streamed) throws Exception {
        Exchange answer = sent(
                "direct:claude", "Name a river", Map.of(ClaudeHeaders.CACHE, "bypass", ClaudeHeaders.STREAM, streamed));

        assertThat(answer.getException()).isNull();
        assertThat(answer.getMessage().getHeader(ClaudeHeaders.CACHE_STATUS)).isEqualTo("bypass");
    }

    private void one_endpoint_fails_and_the_other_answers() throws Exception {
        simulator.next(new Fault.Status(500, "", "", Map.of()));

        Exchange answer = sent("direct:claude", "Name a sea", Map.of());

        assertThat(answer.getMessage().getHeader(ClaudeHeaders.ATTEMPTS)).isEqualTo(2);
    }

    private void a_reply_does_not_fit_its_schema() throws Exception {
        // Only one of the two endpoints replies with JSON.
        Exception failure = null;
        for (int i = 0; i < 1000 && !visited.contains("claude-source-repair-complete"); i++) {
            failure = sent(
                            "direct:claude",
                            "say exactly: no JSON " + i,
                            Map.of(
                                    ClaudeHeaders.OUTPUT_SCHEMA,
                                    "{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}"))
                    .getException();
        }

        assertThat(failure).isNull();
    }

    private void a_reply_fits_its_schema() throws Exception {
        // Only one of the two endpoints replies with JSON.
        for (int i = 0; i < 1000 && !visited.contains("claude-source-round-complete"); i++) {
            sent(
                    "direct:claude",
                    "Name numbers " + i,
                    Map.of(ClaudeHeaders.OUTPUT_SCHEMA, "{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}"));
        }
    }

    private void a_prompt_of_a_batch_is_not_answered(String door) throws Exception {
        MockEndpoint deadLetters = emptyDeadLetters();
        simulator.nextItems(ItemFate.CANCELED);

        sent(door, "Name a mountain", Map.of(ClaudeHeaders.SINKS, "answers"));

        deadLetters.assertIsSatisfied();
    }

    private void a_prompt_of_a_batch_is_no_prompt() throws Exception {
        MockEndpoint deadLetters = emptyDeadLetters();

        sent("direct:pile", " ", Map.of());

        deadLetters.assertIsSatisfied();
    }

    private MockEndpoint emptyDeadLetters() {
        MockEndpoint deadLetters = context.getEndpoint("mock:dead-letters", MockEndpoint.class);
        deadLetters.reset();
        deadLetters.setResultWaitTime(60_000);
        deadLetters.expectedMessageCount(1);
        return deadLetters;
    }

    private Exchange sent(String to, String body, Map<String, Object> headers) throws Exception {
        try (ProducerTemplate template = context.createProducerTemplate()) {
            return template.request(to, exchange -> {
                exchange.getMessage().setBody(body);
                exchange.getMessage().getHeaders().putAll(headers);
            });
        }
    }

    @Test
    void a_step_that_was_not_visited_is_noticed() {
        assertThat(unvisited())
                .contains("claude-source-read", "claude-endpoint-gateway-http-stream", "claude-cache-put");
    }

    @Test
    void every_step_of_the_route_files_is_looked_at() {
        Stream<String> written = ProjectFiles.stages().stream()
                .flatMap(file -> ProjectFiles.steps(file.content()).stream())
                .map(ProjectFiles.Step::id);

        assertThat(steps().map(NamedNode::getId)).containsAll(written.toList());
    }

    private List<String> unvisited() {
        return steps().filter(step -> PARTS.stream().noneMatch(part -> part.isInstance(step)))
                .map(NamedNode::getId)
                .filter(id -> !visited.contains(id))
                .toList();
    }

    private Stream<ProcessorDefinition<?>> steps() {
        return context.getRouteDefinitions().stream()
                .map(RouteDefinition::getOutputs)
                .flatMap(RouteCoverageTest::all);
    }

    private static Stream<ProcessorDefinition<?>> all(List<ProcessorDefinition<?>> outputs) {
        @SuppressWarnings({"rawtypes", "unchecked"})
        Collection<ProcessorDefinition<?>> steps =
                (Collection) ProcessorDefinitionHelper.filterTypeInOutputs(outputs, ProcessorDefinition.class);
        return steps.stream();
    }
}
