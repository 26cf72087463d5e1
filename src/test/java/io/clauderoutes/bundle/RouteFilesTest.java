package io.clauderoutes.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.settings.SettingsException;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.Patience;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.FileWatcherResourceReloadStrategy;
import org.apache.camel.support.RouteWatcherReloadStrategy;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Route files are edited while the bundle runs. */
@Order(9)
class RouteFilesTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String PROMPT = "Say exactly: my card is 4111 1111 1111 1111";
    private static final String ANSWER = "my card is [REDACTED]";
    /** An edit that shows: a header on the answer. */
    private static final String EDIT = """
                    - setHeader:
                        id: claude-source-edited
                        name: Edited
                        expression:
                          constant:
                            expression: %s
            """;

    private final Simulator simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final DefaultCamelContext context = new DefaultCamelContext();
    private final CountDownLatch sinkGoesOn = new CountDownLatch(1);
    private final CountDownLatch sinkIsReached = new CountDownLatch(1);

    @TempDir
    private Path folder;

    private Path routes;

    @BeforeEach
    void copy() throws Exception {
        routes = Files.createDirectory(folder.resolve("routes"));
        try (Stream<Path> files = Files.list(Path.of("routes"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, routes.resolve(file.getFileName()));
            }
        }
    }

    @AfterEach
    void stop() {
        sinkGoesOn.countDown();
        context.stop();
        simulator.close();
    }

    private void start() throws Exception {
        Properties settings = new Properties();
        settings.put("claude.routes", routes.toString());
        settings.put("claude.data", folder.resolve("data").toString());
        settings.put("claude.endpoints.primary.url", simulator.url().toString());
        settings.put("claude.credentials.main.key", "test-key");
        settings.put("claude.cache.enabled", "false");
        settings.put("claude.sinks.slow.uri", "direct:slow-sink");
        context.getPropertiesComponent().setInitialProperties(settings);
        context.getRegistry().bind("metricsRegistry", registry);
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:slow-sink").process(exchange -> {
                    sinkIsReached.countDown();
                    assertThat(sinkGoesOn.await(LIMIT.toSeconds(), TimeUnit.SECONDS))
                            .isTrue();
                });
            }
        });
        context.start();
    }

    private Exchange asked(Map<String, Object> headers) {
        try (ProducerTemplate template = context.createProducerTemplate()) {
            Exchange answer = template.request("direct:claude", exchange -> {
                exchange.getMessage().setBody(PROMPT);
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

    private String answer() {
        return asked(Map.of()).getMessage().getBody(String.class);
    }

    private Object edited() {
        return asked(Map.of()).getMessage().getHeader("Edited");
    }

    /** The watcher counts a file that it refuses before it logs it. */
    private void untilLogged(CapturedLog log, String file) {
        Patience.until(
                () -> watcher().getFailedCounter() > 0 && log.lines().stream().anyMatch(line -> line.contains(file)),
                LIMIT,
                this::state);
    }

    private void save(String name, String content) throws IOException {
        Path written = Files.writeString(folder.resolve("written"), content);
        Files.move(written, routes.resolve(name), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private String packaged(String name) throws IOException {
        return Files.readString(Path.of("routes").resolve(name));
    }

    private void edit(String word) throws IOException {
        save("10-source.camel.yaml", packaged("10-source.camel.yaml") + EDIT.formatted(word));
    }

    private RouteWatcherReloadStrategy watcher() {
        return context.hasService(RouteWatcherReloadStrategy.class);
    }

    private String state() {
        return watcher().getReloadCounter() + " reloads, " + watcher().getFailedCounter() + " failed, routes "
                + context.getRoutes().stream()
                        .map(route -> route.getRouteId() + " "
                                + context.getRouteController().getRouteStatus(route.getRouteId()))
                        .toList();
    }

    @Test
    void a_changed_file_takes_effect() throws Exception {
        start();
        assertThat(edited()).isNull();

        edit("once");

        Patience.until(() -> "once".equals(edited()), LIMIT, this::state);
        assertThat(answer()).isEqualTo(ANSWER);
    }

    @Test
    void a_file_can_be_changed_again_and_back() throws Exception {
        start();

        edit("once");
        Patience.until(() -> "once".equals(edited()), LIMIT, this::state);
        edit("twice");
        Patience.until(() -> "twice".equals(edited()), LIMIT, this::state);
        save("10-source.camel.yaml", packaged("10-source.camel.yaml"));

        Patience.until(() -> edited() == null, LIMIT, this::state);
    }

    @Nested
    class A_broken_file {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "no: [yaml",
                    "- route:\n    id: claude-source\n    from:\n      uri: direct\n      steps:\n        - sendTo: x\n",
                })
        void changes_nothing_and_is_reported(String content) throws Exception {
            start();

            save("10-source.camel.yaml", content);

            Patience.until(() -> watcher().getFailedCounter() > 0, LIMIT, RouteFilesTest.this::state);
            assertThat(answer()).isEqualTo(ANSWER);
        }

        @ParameterizedTest
        @ValueSource(strings = {"ref: claudePromptReader", "name: claude-throttle"})
        void that_names_what_is_not_there_changes_nothing_and_is_reported(String name) throws Exception {
            start();

            save("10-source.camel.yaml", packaged("10-source.camel.yaml").replace(name, "ref: nobody"));

            Patience.until(() -> watcher().getFailedCounter() > 0, LIMIT, RouteFilesTest.this::state);
            assertThat(answer()).isEqualTo(ANSWER);
        }

        @Test
        void that_is_empty_for_a_moment_changes_nothing() throws Exception {
            start();

            save("10-source.camel.yaml", "");

            Patience.until(
                    () -> watcher().getFailedCounter() + watcher().getReloadCounter() > 0,
                    LIMIT,
                    RouteFilesTest.this::state);
            assertThat(answer()).isEqualTo(ANSWER);
        }

        @Test
        void does_not_keep_another_file_from_changing() throws Exception {
            start();
            save("20-throttle.camel.yaml", packaged("20-throttle.camel.yaml").replace("claudeThrottleEnter", "nobody"));
            Patience.until(() -> watcher().getFailedCounter() > 0, LIMIT, RouteFilesTest.this::state);

            edit("other");

            Patience.until(() -> "other".equals(edited()), LIMIT, RouteFilesTest.this::state);
        }

        @Test
        void that_is_new_leaves_nothing_behind() throws Exception {
            start();
            int before = context.getRouteDefinitions().size();

            save("greeting.camel.yaml", """
                    - route:
                        id: greeting
                        from:
                          uri: direct
                          parameters:
                            name: greeting
                          steps:
                            - process:
                                ref: nobody
                    """);

            Patience.until(() -> watcher().getFailedCounter() > 0, LIMIT, RouteFilesTest.this::state);
            assertThat(answer()).isEqualTo(ANSWER);
            assertThat(context.getRouteDefinitions()).hasSize(before);
        }

        @Test
        void can_be_mended() throws Exception {
            start();
            save("10-source.camel.yaml", "no: [yaml");
            Patience.until(() -> watcher().getFailedCounter() > 0, LIMIT, RouteFilesTest.this::state);

            edit("mended");

            Patience.until(() -> "mended".equals(edited()), LIMIT, RouteFilesTest.this::state);
        }
    }

    @Test
    void a_file_that_is_added_is_started() throws Exception {
        start();

        save("greeting.camel.yaml", """
                - route:
                    id: greeting
                    from:
                      uri: direct
                      parameters:
                        name: greeting
                      steps:
                        - setBody:
                            expression:
                              constant:
                                expression: hello
                """);

        Patience.until(() -> context.getRoute("greeting") != null, LIMIT, this::state);
        try (ProducerTemplate template = context.createProducerTemplate()) {
            assertThat(template.requestBody("direct:greeting", "", String.class))
                    .isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct:greeting", "timer:greeting?delay=3600000"})
    void a_route_that_is_taken_out_of_its_file_is_gone(String source) throws Exception {
        String greeting = """
                - route:
                    id: greeting
                    from:
                      uri: %s
                      steps:
                        - log: hello
                """.formatted(source);
        start();
        save("yours.camel.yaml", greeting + greeting.replace("greeting", "second"));
        Patience.until(() -> context.getRoute("second") != null, LIMIT, this::state);

        save("yours.camel.yaml", greeting.replace("greeting", "second"));

        Patience.until(() -> context.getRoute("greeting") == null, LIMIT, this::state);
        assertThat(context.getRouteDefinition("greeting")).isNull();
        Patience.until(() -> context.getRoute("second") != null, LIMIT, this::state);
    }

    @Test
    void a_stage_may_get_another_id() throws Exception {
        start();

        save(
                "60-redact.camel.yaml",
                packaged("60-redact.camel.yaml").replace("id: claude-redact\n", "id: my-redact\n"));

        Patience.until(() -> context.getRoute("my-redact") != null, LIMIT, this::state);
        assertThat(context.getRoute("claude-redact")).isNull();
        assertThat(answer()).isEqualTo(ANSWER);
    }

    @Test
    void a_stage_without_a_file_is_the_packaged_one() throws Exception {
        Files.delete(routes.resolve("60-redact.camel.yaml"));
        Files.delete(routes.resolve("30-cache.camel.yaml"));

        start();

        assertThat(answer()).isEqualTo(ANSWER);
        assertThat(context.getRoute("claude-redact").getSourceLocation()).contains("classpath");
        assertThat(context.getRoute("claude-split").getSourceLocation()).contains("file:");
    }

    @Test
    void a_stage_of_ones_own_takes_the_place_of_ours() throws Exception {
        save("60-redact.camel.yaml", """
                - route:
                    id: claude-redact
                    from:
                      uri: direct
                      parameters:
                        name: claude-redact
                      steps:
                        - to:
                            uri: direct
                            parameters:
                              name: claude-fan-out
                """);

        start();

        assertThat(answer()).isEqualTo("my card is 4111 1111 1111 1111");
    }

    @Nested
    class A_stage_that_is_not_complete {

        /** Each stage, cut off before the step. */
        static Stream<Arguments> cut() {
            return Stream.of(
                    Arguments.of("10-source", "              - to:\n", "does not hand over to direct:claude-throttle"),
                    Arguments.of("10-source", "            doFinally:\n", "has no step claudeMemoryRelease"),
                    Arguments.of("20-throttle", "              - to:\n", "does not hand over to direct:claude-cache"),
                    Arguments.of("20-throttle", "            doFinally:\n", "has no step claudeThrottleLeave"),
                    Arguments.of("30-cache", "                          id: claude-cache-call\n", "direct:claude-call"),
                    Arguments.of("30-cache", "                    doFinally:\n", "has no step claudeReplyCacheLeave"),
                    Arguments.of("40-call", "      steps:\n", "does not hand over to direct:claude-endpoints"),
                    Arguments.of("50-split", "        - to:\n", "does not hand over to direct:claude-redact"),
                    Arguments.of("60-redact", "        - to:\n", "does not hand over to direct:claude-fan-out"),
                    Arguments.of("70-fan-out", "      steps:\n", "has no step claudeFanOut"));
        }

        private String cut(String stage, String step) throws IOException {
            String whole = packaged(stage + ".camel.yaml");
            int at = whole.indexOf(step);
            assertThat(at).as("%s has %s", stage, step).isPositive();
            String before = whole.substring(0, at);
            return step.contains("id:") ? before.substring(0, before.lastIndexOf("- to:")) : before;
        }

        @ParameterizedTest
        @MethodSource("cut")
        void is_refused_by_name_and_changes_nothing(String stage, String step, String reason) throws Exception {
            start();

            try (CapturedLog log = new CapturedLog(FileWatcherResourceReloadStrategy.class.getName(), Level.WARN)) {
                save(stage + ".camel.yaml", cut(stage, step));
                untilLogged(log, stage + ".camel.yaml");

                assertThat(String.join("\n", log.lines()))
                        .contains(stage + ".camel.yaml")
                        .containsAnyOf(reason, "steps");
            }
            assertThat(answer()).isEqualTo(ANSWER);
        }

        @Test
        void keeps_the_bundle_from_starting() throws Exception {
            save("20-throttle.camel.yaml", cut("20-throttle", "            doFinally:\n"));

            assertThatThrownBy(RouteFilesTest.this::start)
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("20-throttle.camel.yaml has no step claudeThrottleLeave");
        }
    }

    @Test
    void a_file_that_is_still_written_is_loaded_once_it_is_complete() throws Exception {
        start();
        String whole = packaged("20-throttle.camel.yaml").replace("claude-throttle-inside", "claude-throttle-written");
        Path file = routes.resolve("20-throttle.camel.yaml");

        try (OutputStream out = Files.newOutputStream(file)) {
            for (byte letter : whole.getBytes(StandardCharsets.UTF_8)) {
                out.write(letter);
                if (letter == '\n') {
                    out.flush();
                    assertThat(answer()).isEqualTo(ANSWER);
                }
            }
        }

        Patience.until(
                () -> context.getRouteDefinition("claude-throttle").toString().contains("claudeThrottleEnter")
                        && context.getProcessor("claude-throttle-written") != null,
                LIMIT,
                this::state);
        assertThat(watcher().getFailedCounter()).isZero();
        assertThat(answer()).isEqualTo(ANSWER);
    }

    @Nested
    class A_second_file {

        private static final String TEMPLATE = """
                - routeTemplate:
                    id: my-template
                    from:
                      uri: direct:{{name}}
                      steps:
                        - log: x
                """;

        static Stream<Arguments> names() {
            return Stream.of(
                    Arguments.of(TEMPLATE, TEMPLATE.replace("log: x", "log: y"), "the route template my-template"));
        }

        @ParameterizedTest
        @MethodSource("names")
        void that_defines_what_another_defines_is_refused_by_name(String first, String second, String what)
                throws Exception {
            save("a.camel.yaml", first);
            start();

            try (CapturedLog log = new CapturedLog(FileWatcherResourceReloadStrategy.class.getName(), Level.WARN)) {
                save("b.camel.yaml", second);
                untilLogged(log, "b.camel.yaml");

                assertThat(String.join("\n", log.lines()))
                        .contains("b.camel.yaml defines " + what + ", as")
                        .contains("a.camel.yaml");
            }
            long failed = watcher().getFailedCounter();
            save("a.camel.yaml", first + "# changed\n");
            save("c.camel.yaml", MINE);
            Patience.until(() -> context.getRoute("mine") != null, LIMIT, RouteFilesTest.this::state);
            assertThat(watcher().getFailedCounter()).isEqualTo(failed);
        }

        private static final String MINE = """
                - route:
                    id: mine
                    from:
                      uri: direct
                      parameters:
                        name: mine
                      steps:
                        - setBody:
                            id: mine-first
                            expression:
                              constant:
                                expression: first
                """;

        private String mine() {
            try (ProducerTemplate template = context.createProducerTemplate()) {
                return template.requestBody("direct:mine", "", String.class);
            } catch (IOException unclosed) {
                throw new IllegalStateException(unclosed);
            }
        }

        static Stream<String> conflicts() {
            return Stream.of(
                    MINE.replace("name: mine", "name: other").replace("mine-first", "other"),
                    MINE.replace("id: mine\n", "id: other\n").replace("mine-first", "other"),
                    MINE.replace("id: mine\n", "id: other\n").replace("name: mine", "name: other"),
                    MINE.replace("mine", "twice") + MINE.replace("mine", "twice"),
                    MINE.replace("mine", "claude-endpoint-primary"),
                    MINE.replace("id: mine\n", "id: other\n")
                            .replace("mine-first", "other")
                            .replace("name: mine", "name: claude-cache"));
        }

        @ParameterizedTest
        @MethodSource("conflicts")
        void that_takes_from_another_is_not_loaded_at_the_start(String second) throws Exception {
            save("a.camel.yaml", MINE);
            save("b.camel.yaml", second.replace("constant: first", "constant: second"));

            try (CapturedLog log = new CapturedLog(ClaudeBundle.class.getName(), Level.WARN)) {
                start();

                assertThat(log.lines()).anySatisfy(line -> assertThat(line).contains("b.camel.yaml is not loaded"));
            }
            assertThat(mine()).isEqualTo("first");
            assertThat(answer()).isEqualTo(ANSWER);
        }

        @ParameterizedTest
        @MethodSource("conflicts")
        void that_takes_from_another_is_not_loaded_later(String second) throws Exception {
            save("a.camel.yaml", MINE);
            start();

            save("b.camel.yaml", second);

            Patience.until(() -> watcher().getFailedCounter() > 0, LIMIT, RouteFilesTest.this::state);
            assertThat(mine()).isEqualTo("first");
            assertThat(answer()).isEqualTo(ANSWER);
        }

        @Test
        void cannot_take_a_stage_from_a_file_that_comes_after_it_by_name() throws Exception {
            save("00-mine.camel.yaml", packaged("60-redact.camel.yaml").replace("claudeRedactReply", "nobody"));

            start();

            assertThat(answer()).isEqualTo(ANSWER);
        }

        @Test
        void that_is_the_first_with_another_name_is_loaded() throws Exception {
            save("a.camel.yaml", MINE);
            start();

            Files.move(routes.resolve("a.camel.yaml"), folder.resolve("aside"));
            save("b.camel.yaml", MINE.replace("expression: first", "expression: renamed"));

            Patience.until(() -> "renamed".equals(mine()), LIMIT, RouteFilesTest.this::state);
        }

        @Test
        void is_loaded_when_it_has_another_id() throws Exception {
            save("a.camel.yaml", MINE);
            save("b.camel.yaml", MINE);
            start();

            save("b.camel.yaml", MINE.replace("mine", "other"));

            Patience.until(() -> context.getRoute("other") != null, LIMIT, RouteFilesTest.this::state);
            assertThat(mine()).isEqualTo("first");
        }
    }

    @Nested
    class A_request_under_way {

        private CompletableFuture<Exchange> underWay;

        private void begin() throws Exception {
            start();
            underWay = CompletableFuture.supplyAsync(
                    () -> asked(Map.of(ClaudeHeaders.SINKS, "slow")), task -> new Thread(task).start());
            assertThat(sinkIsReached.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }

        private Exchange end() throws Exception {
            sinkGoesOn.countDown();
            return underWay.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        }

        @Test
        void ends_on_the_route_on_which_it_began() throws Exception {
            begin();

            edit("later");
            Exchange answer = end();

            assertThat(answer.getMessage().getBody(String.class)).isEqualTo(ANSWER);
            assertThat(answer.getMessage().getHeader("Edited")).isNull();
            Patience.until(() -> "later".equals(edited()), LIMIT, RouteFilesTest.this::state);
        }

        @Test
        void ends_well_however_often_its_routes_are_changed() throws Exception {
            begin();

            save("20-throttle.camel.yaml", packaged("20-throttle.camel.yaml") + "# changed\n");
            save("70-fan-out.camel.yaml", packaged("70-fan-out.camel.yaml") + "# changed\n");
            edit("later");
            Patience.until(() -> "later".equals(edited()), LIMIT, RouteFilesTest.this::state);
            Exchange answer = end();

            assertThat(answer.getMessage().getBody(String.class)).isEqualTo(ANSWER);
            assertThat(answer.getMessage().getHeader("Edited")).isNull();
            assertThat(registry.get("claude.throttle.in.flight").gauge().value())
                    .as("permits that were not given back")
                    .isZero();
        }

        @Test
        void does_not_hold_up_the_others() throws Exception {
            begin();

            edit("later");

            Patience.until(() -> "later".equals(edited()), LIMIT, RouteFilesTest.this::state);
            assertThat(underWay).isNotDone();
        }
    }

    @Test
    void counters_go_on_counting() throws Exception {
        start();
        answer();
        answer();

        edit("once");
        Patience.until(() -> watcher().getReloadCounter() > 0, LIMIT, this::state);
        answer();

        assertThat(registry.get("claude.api.calls").counters().stream()
                        .mapToDouble(Counter::count)
                        .sum())
                .isEqualTo(3);
    }

    @Test
    void requests_do_not_notice_that_a_file_changes() throws Exception {
        start();
        int[] asked = {0, 0};

        for (String word : List.of("one", "two", "three")) {
            edit(word);
            Patience.until(
                    () -> {
                        asked[0]++;
                        Object seen = edited();
                        asked[1]++;
                        return word.equals(seen);
                    },
                    LIMIT,
                    this::state);
        }

        assertThat(asked[1]).isEqualTo(asked[0]);
    }
}
