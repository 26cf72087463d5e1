package io.clauderoutes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.bundle.ApiSimulator;
import io.clauderoutes.cli.ClaudeRoutes;
import io.clauderoutes.support.FreePort;
import io.clauderoutes.support.Patience;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bundle as a newcomer meets it: a process of its own in a directory of its own, seen from outside. */
@Order(1)
class StandaloneTest {

    private static final Duration START = Duration.ofSeconds(90);
    private static final Map<String, String> FAST = Map.of(
            "claude.simulator.latency", "0s",
            "claude.simulator.latency-p99", "0s",
            "claude.simulator.tokens-per-second", "0");
    private static final String CARD = "Say exactly: The card 4111-1111-1111-1111 is of 123-45-6789.";
    private static final String CARD_REDACTED = "The card [REDACTED] is of [REDACTED].";

    /** The bundle in a process. Its log is a file beside its directory. */
    private static final class Bundle implements AutoCloseable {

        private final Path home;
        private final Path out;
        private final int management = FreePort.next();
        private final Process process;

        private Bundle(Path home, Map<String, String> settings, Map<String, String> environment) {
            this(home, settings, environment, System.getProperty("java.class.path"));
        }

        private Bundle(Path home, Map<String, String> settings, Map<String, String> environment, String classPath) {
            this.home = home;
            this.out = home.resolveSibling(home.getFileName() + ".log");
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.add("-XX:TieredStopAtLevel=1");
            Map<String, String> all = new TreeMap<>(settings);
            all.put("camel.management.port", Integer.toString(management));
            all.put("camel.server.port", Integer.toString(FreePort.next()));
            all.forEach((key, value) -> command.add("-D" + key + "=" + value));
            command.add("-cp");
            command.add(classPath);
            command.add(ClaudeRoutes.class.getName());
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(home.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()));
            builder.environment()
                    .keySet()
                    .removeIf(name -> name.startsWith("CLAUDE_") || name.startsWith("ANTHROPIC_"));
            builder.environment().putAll(environment);
            try {
                process = builder.start();
            } catch (IOException noJava) {
                throw new UncheckedIOException(noJava);
            }
        }

        static Bundle startedIn(Path home, Map<String, String> settings, Map<String, String> environment) {
            Bundle bundle = new Bundle(home, settings, environment);
            Patience.until(() -> bundle.response("/observe/health").statusCode() == 200, START, bundle::said);
            return bundle;
        }

        static Bundle startedIn(Path home) {
            return startedIn(home, FAST, Map.of());
        }

        String said() {
            try {
                return Files.exists(out) ? Files.readString(out) : "";
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        }

        String get(String path) throws IOException, InterruptedException {
            return response(path).body();
        }

        HttpResponse<String> response(String path) throws IOException, InterruptedException {
            URI uri = URI.create("http://127.0.0.1:" + management + path);
            HttpRequest request =
                    HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(60)).build();
            return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
        }

        /** Puts a prompt into a folder all at once, as a careful sender does. */
        void drop(String folder, String name, String prompt) throws IOException {
            Files.createDirectories(home.resolve(folder));
            Path written = Files.writeString(home.resolveSibling(name), prompt);
            Files.move(written, home.resolve(folder).resolve(name), StandardCopyOption.ATOMIC_MOVE);
        }

        String answer(String folder, String name) throws IOException {
            Path answer = home.resolve(folder).resolve(name);
            Patience.until(() -> Files.size(answer) > 0, START, this::said);
            return Files.readString(answer);
        }

        /** What a command says that is given in the same folder, after its exit code: of errors only, if it fails. */
        String command(String... arguments) throws IOException, InterruptedException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    ClaudeRoutes.class.getName()));
            command.addAll(List.of(arguments));
            Path errors = home.resolveSibling("command.log");
            Process run = new ProcessBuilder(command)
                    .directory(home.toFile())
                    .redirectError(errors.toFile())
                    .start();
            String said = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = run.waitFor();
            return code + "\n" + (code == 0 ? said : Files.readString(errors));
        }

        int stopped() throws InterruptedException {
            process.destroy();
            return exitCode();
        }

        int exitCode() throws InterruptedException {
            assertThat(process.waitFor(START.toSeconds(), TimeUnit.SECONDS))
                    .as(this::said)
                    .isTrue();
            return process.exitValue();
        }

        void killed() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private static String textOf(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static List<String> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @Test
    void the_log_is_json_on_the_console_and_in_a_file_that_rotates(@TempDir Path scratch) throws Exception {
        Path home = Files.createDirectory(scratch.resolve("home"));
        Map<String, String> settings = new TreeMap<>(FAST);
        settings.put("claude.log.file", "logs/claude.log");
        settings.put("claude.log.max-file-bytes", "10000");
        settings.put("claude.log.max-files", "3");
        try (Bundle bundle = Bundle.startedIn(home, settings, Map.of("CLAUDE_LOG_FORMAT", "json"))) {
            bundle.drop("inbox", "deep.txt", "How deep is the sea?");
            bundle.answer("outbox", "deep.txt");
            Patience.until(() -> bundle.said().contains("Request answered"), START, bundle::said);

            String line = bundle.said()
                    .lines()
                    .filter(one -> one.contains("Request answered"))
                    .findFirst()
                    .orElseThrow();
            JsonNode json = new ObjectMapper().readTree(line);
            assertThat(json.path("timestamp").asText()).matches("20[0-9-]{8}T[0-9:.]{12}Z");
            assertThat(json.path("source").asText()).isEqualTo("inbox");
            assertThat(json.path("request").asText()).isNotEmpty();
            assertThat(json.path("level").asText()).isEqualTo("INFO");
            // The console has a line before the file has it.
            Path log = home.resolve("logs/claude.log");
            Patience.until(() -> textOf(log).contains("Request answered"), START, () -> "In the file: " + textOf(log));
            Patience.until(
                    () -> bundle.said().contains("\"logger\":\"claudeTerminal\"")
                            && bundle.said().contains("\"last\":true"),
                    START,
                    bundle::said);
            // From JDK 24 on the JVM itself writes some lines to the standard error stream.
            assertThat(bundle.said().lines().filter(each -> !each.isBlank() && !each.startsWith("WARNING: ")))
                    .isNotEmpty()
                    .allSatisfy(each -> assertThat(new ObjectMapper()
                                    .readTree(each)
                                    .path("timestamp")
                                    .asText())
                            .startsWith("20"));

            for (int i = 0; i < 60; i++) {
                bundle.drop("inbox", "more-" + i + ".txt", "How deep is sea " + i + "?");
            }
            bundle.answer("outbox", "more-59.txt");
            Patience.until(() -> files(home.resolve("logs")).size() >= 3, START, () -> files(home.resolve("logs"))
                    .toString());
            assertThat(files(home.resolve("logs")))
                    .contains("claude.log", "claude.log.1.gz")
                    .hasSizeLessThanOrEqualTo(4);
            assertThat(Files.size(home.resolve("logs/claude.log"))).isLessThan(30_000);
        }
    }

    @Test
    void temporary_files_are_in_one_folder_that_is_cleaned_at_the_start(@TempDir Path scratch) throws Exception {
        Path home = Files.createDirectory(scratch.resolve("home"));
        Path temporary = home.resolve("data/tmp");
        Files.createDirectories(temporary.resolve("999999999/left"));
        Files.writeString(temporary.resolve("999999999/left/of-a-killed-process"), "x");
        Files.createSymbolicLink(temporary.resolve("999999999/link"), home);

        try (Bundle bundle = Bundle.startedIn(home)) {
            assertThat(temporary.resolve("999999999")).doesNotExist();
            assertThat(home.resolve("data")).exists();
            assertThat(temporary
                            .resolve(Long.toString(bundle.process.pid()))
                            .toFile()
                            .list())
                    .anyMatch(name -> name.startsWith("sqlite"));
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Without_a_key_and_without_a_file_of_its_own {

        @TempDir
        private static Path folder;

        private Bundle bundle;

        @BeforeAll
        void start() throws IOException {
            bundle = Bundle.startedIn(Files.createDirectory(folder.resolve("home")));
        }

        @AfterAll
        void stop() {
            bundle.close();
        }

        @Test
        void it_says_in_one_line_that_a_simulator_answers() {
            assertThat(bundle.said().lines().filter(line -> line.contains("simulator")))
                    .singleElement()
                    .asString()
                    .contains("No API key is set (ANTHROPIC_API_KEY)")
                    .contains("http://127.0.0.1:");
        }

        @Test
        void a_prompt_in_the_inbox_becomes_a_redacted_answer_of_the_same_name() throws Exception {
            bundle.drop("inbox", "card.txt", CARD);

            assertThat(bundle.answer("outbox", "card.txt")).isEqualTo(CARD_REDACTED);
        }

        @Test
        void an_answered_prompt_leaves_the_inbox() throws Exception {
            bundle.drop("inbox", "leaves.txt", "Say exactly: gone");

            bundle.answer("outbox", "leaves.txt");

            Patience.until(() -> Files.exists(bundle.home.resolve("inbox/.done/leaves.txt")), START, bundle::said);
            assertThat(files(bundle.home.resolve("inbox"))).doesNotContain("leaves.txt");
        }

        @Test
        void a_request_in_json_is_taken_as_one() throws Exception {
            bundle.drop("inbox", "request.json", """
                    {"messages": [{"role": "user", "content": "Say exactly: from JSON"}], "max_tokens": 50}""");

            assertThat(bundle.answer("outbox", "request.json")).isEqualTo("from JSON");
        }

        @Test
        void a_prompt_that_is_none_goes_to_the_dead_letters_with_the_reason() throws Exception {
            bundle.drop("inbox", "empty.txt", " ");

            assertThat(bundle.answer("dead-letters", "empty.txt.reason.txt")).contains("the message is empty");
            assertThat(bundle.answer("dead-letters", "empty.txt")).isEqualTo(" ");
            assertThat(files(bundle.home.resolve("outbox"))).doesNotContain("empty.txt");
        }

        @Test
        void the_terminal_shows_the_answer_and_the_log_shows_none() throws Exception {
            bundle.drop("inbox", "shown.txt", "Say exactly: look here");

            bundle.answer("outbox", "shown.txt");

            Patience.until(() -> bundle.said().contains("look here"), START, bundle::said);
            assertThat(bundle.said()).contains("--- shown.txt");
            assertThat(bundle.said().lines().filter(line -> line.contains("look here")))
                    .containsExactly("look here");
        }

        @Test
        void meters_are_shown_to_prometheus() throws Exception {
            bundle.drop("inbox", "counted.txt", "Say exactly: one");
            bundle.answer("outbox", "counted.txt");
            // The answer is in its folder a moment before the call that brought it is over and counted.
            Patience.until(
                    () -> bundle.get("/observe/metrics").contains("claude_api_calls_total"), START, bundle::said);

            String metrics = bundle.get("/observe/metrics");

            assertThat(metrics)
                    .containsPattern("claude_api_calls_total\\{[^}]*method=\"messages\"[^}]*status=\"200\"")
                    .contains("claude_api_latency_seconds_count")
                    .contains("claude_api_latency_seconds_bucket")
                    .containsPattern("claude_api_success_rate 1.0");
        }

        @Test
        void meters_hold_no_text_of_a_prompt() throws Exception {
            bundle.drop("inbox", "private.txt", "Say exactly: xylophone");
            bundle.answer("outbox", "private.txt");

            assertThat(bundle.get("/observe/metrics"))
                    .doesNotContain("xylophone")
                    .doesNotContain("private.txt");
        }

        @Test
        void what_was_spent_is_told_by_source() throws Exception {
            bundle.drop("inbox", "spent.txt", "Say exactly: spent");
            bundle.answer("outbox", "spent.txt");

            String usage = bundle.get("/v1/usage?by=source&format=csv");

            assertThat(usage).startsWith("source,attempts,calls").contains("\r\ninbox,");
        }

        @Test
        void a_question_about_what_was_spent_that_makes_no_sense_is_refused() throws Exception {
            HttpResponse<String> refusal = bundle.response("/v1/usage?from=yesterday");

            assertThat(refusal.statusCode()).isEqualTo(400);
            assertThat(refusal.body()).contains("from=yesterday: expected a day such as 2026-11-30");
        }

        @Test
        void health_names_its_endpoints() throws Exception {
            assertThat(bundle.get("/observe/health")).contains("\"status\"").contains("UP");
        }
    }

    @Test
    void levels_of_the_log_change_while_it_runs(@TempDir Path scratch) throws Exception {
        Path home = Files.createDirectory(scratch.resolve("home"));
        Path file = Files.writeString(home.resolve("application.properties"), "claude.log.level = warn\n");
        try (Bundle bundle = Bundle.startedIn(home)) {
            assertThat(bundle.said()).doesNotContain(" INFO ");

            Files.writeString(file, "claude.log.levels.org.apache.camel.component.file = debug\n");
            Patience.until(() -> bundle.said().contains("DEBUG GenericFileConsumer"), START, bundle::said);
            Files.writeString(file, "claude.log.levels.org.apache.hc.client5.http.wire = debug\n");
            Patience.until(() -> bundle.said().contains("this logger writes keys"), START, bundle::said);
            Files.writeString(file, "claude.log.level = info\n");
            Patience.until(() -> bundle.said().contains("file debug -> (empty)"), START, bundle::said);

            assertThat(bundle.said()).contains("Settings changed: claude.log.level warn -> info");
            assertThat(bundle.get("/observe/health")).contains("\"endpoint.primary\"");
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class With_a_source_of_prompts_that_may_wait {

        private Bundle bundle;

        @BeforeAll
        void a_batch_is_done(@TempDir Path folder) throws Exception {
            Map<String, String> settings = new TreeMap<>(FAST);
            settings.put("claude.sources.tray.uri", "file:tray?initialDelay=0&delay=50&move=.done");
            settings.put("claude.sources.tray.batch", "true");
            settings.put("claude.sources.tray.sinks", "answers");
            settings.put("claude.batch.wait", "100ms");
            settings.put("claude.batch.poll-interval", "50ms");
            bundle = Bundle.startedIn(Files.createDirectory(folder.resolve("home")), settings, Map.of());
            bundle.drop("tray", "batched.txt", "Say exactly: xylophone");
            assertThat(bundle.answer("outbox", "batched.txt")).isEqualTo("xylophone");
            Patience.until(
                    () -> bundle.get("/v1/batches").contains("\"state\" : \"done\""), START, () -> bundle.said());
        }

        @AfterAll
        void it_is_stopped() {
            bundle.close();
        }

        @Test
        void its_batches_are_told_over_http() throws Exception {
            HttpResponse<String> told = bundle.response("/v1/batches");

            assertThat(told.statusCode()).isEqualTo(200);
            assertThat(told.headers().firstValue("content-type")).contains("application/json");
            assertThat(told.body()).contains("\"answered\" : 1", "\"succeeded\" : 1", "\"items\" : 1");
        }

        @Test
        void the_prompts_of_one_are_told_without_their_text() throws Exception {
            assertThat(bundle.get("/v1/batches?batch=1"))
                    .contains("\"source\" : \"tray\"", "\"state\" : \"answered\"")
                    .doesNotContain("xylophone");
        }

        @Test
        void a_question_that_makes_no_sense_is_refused() throws Exception {
            HttpResponse<String> refusal = bundle.response("/v1/batches?batch=last");

            assertThat(refusal.statusCode()).isEqualTo(400);
            assertThat(refusal.body()).contains("batch=last: expected the number of a batch");
        }

        @Test
        void the_command_line_tells_the_same_while_it_runs() throws Exception {
            assertThat(bundle.command("batches")).isEqualTo("0\n" + bundle.get("/v1/batches"));
            assertThat(bundle.command("batches", "--batch=1")).isEqualTo("0\n" + bundle.get("/v1/batches?batch=1"));
        }

        @Test
        void the_command_line_refuses_what_it_does_not_know() throws Exception {
            assertThat(bundle.command("batches", "--last"))
                    .isEqualTo("2\n--last: expected --batch=<number>, --data=<folder> or --help\n");
        }
    }

    @Nested
    class Stopped_by_a_signal {

        @TempDir
        private Path folder;

        @Test
        void it_ends_in_good_order() throws Exception {
            try (Bundle bundle = Bundle.startedIn(Files.createDirectory(folder.resolve("home")))) {
                int code = bundle.stopped();

                assertThat(code).as("128 + 15: ended by SIGTERM, as asked").isIn(0, 143);
                assertThat(bundle.said()).doesNotContain("Exception").doesNotContain("\tat ");
            }
        }
    }

    @Nested
    class Configured {

        @TempDir
        private Path folder;

        private Path home;

        @Test
        void from_a_file_from_the_command_line_and_from_the_environment() throws Exception {
            home = Files.createDirectory(folder.resolve("home"));
            Files.writeString(home.resolve("application.properties"), """
                    claude.redact.card.replacement = <of the file>
                    claude.redact.ssn.replacement = <of the file>
                    claude.sinks.answers.uri = file:of-the-file
                    """);
            Map<String, String> line = new TreeMap<>(FAST);
            line.put("claude.sources.inbox.uri", "file:post?delay=50&delete=true");
            line.put("claude.redact.ssn.replacement", "<of the line>");
            Map<String, String> environment = Map.of(
                    "CLAUDE_SINKS_ANSWERS_URI",
                    "file:of-the-environment?tempFileName=${file:name}.part",
                    "CLAUDE_FAN_OUT_SINKS",
                    "answers");

            try (Bundle bundle = Bundle.startedIn(home, line, environment)) {
                bundle.drop("post", "card.txt", CARD);

                assertThat(bundle.answer("of-the-environment", "card.txt"))
                        .isEqualTo("The card <of the file> is of <of the line>.");
                assertThat(bundle.said()).as("the terminal is no sink here").doesNotContain("--- card.txt");
            }
        }

        @Test
        void with_a_misspelt_setting_it_does_not_start_and_names_the_right_one() throws Exception {
            home = Files.createDirectory(folder.resolve("home"));

            try (Bundle bundle = new Bundle(home, Map.of("claude.cache.enable", "true"), Map.of())) {
                assertThat(bundle.exitCode()).isEqualTo(2);
                assertThat(bundle.said())
                        .contains("Claude Routes cannot start with these settings:")
                        .contains("claude.cache.enable is not a setting; did you mean claude.cache.enabled?")
                        .doesNotContain("\tat ")
                        .doesNotContain("Exception");
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"answered.txt", "ledger.db", "undelivered.db"})
        void with_a_damaged_file_it_does_not_start_and_names_the_file(String file) throws Exception {
            home = Files.createDirectory(folder.resolve("home"));
            Files.createDirectory(home.resolve("data"));
            Files.write(home.resolve("data").resolve(file), new byte[] {(byte) 0xC3, 0x28, 1, 2, 3});

            try (Bundle bundle = new Bundle(home, Map.of(), Map.of())) {
                assertThat(bundle.exitCode()).isEqualTo(2);
                assertThat(bundle.said())
                        .contains(file + " is damaged: restore it from a backup")
                        .doesNotContain("\tat ");
            }
        }

        @Test
        void with_a_ledger_that_is_damaged_inside_it_does_not_start() throws Exception {
            home = Files.createDirectory(folder.resolve("home"));
            try (Bundle bundle = Bundle.startedIn(home)) {
                bundle.drop("inbox", "one.txt", "Say exactly: One.");
                bundle.answer("outbox", "one.txt");
                bundle.stopped();
            }
            Path ledger = home.resolve("data").resolve("ledger.db");
            byte[] bytes = Files.readAllBytes(ledger);
            Arrays.fill(bytes, 4096, bytes.length, (byte) 0x5A);
            Files.write(ledger, bytes);

            try (Bundle bundle = new Bundle(home, FAST, Map.of())) {
                assertThat(bundle.exitCode()).isEqualTo(2);
                assertThat(bundle.said()).contains("ledger.db is damaged: restore it from a backup");
            }
        }

        @Test
        void without_a_key_and_without_the_simulator_it_does_not_start() throws Exception {
            home = Files.createDirectory(folder.resolve("home"));
            Path classes = Path.of(ClaudeRoutes.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path without = copyWithoutSimulator(classes, folder.resolve("classes"));
            String classPath = System.getProperty("java.class.path").replace(classes.toString(), without.toString());

            try (Bundle bundle = new Bundle(home, Map.of(), Map.of(), classPath)) {
                assertThat(bundle.exitCode()).isEqualTo(2);
                assertThat(bundle.said())
                        .contains(
                                "claude.credentials.main.key has no value, and the simulator is not on the class path:"
                                        + " set ANTHROPIC_API_KEY, or add the jar claude-routes-simulator");
            }
        }

        private static Path copyWithoutSimulator(Path from, Path to) throws IOException {
            try (Stream<Path> files = Files.walk(from)) {
                for (Path file : files.toList()) {
                    Path copy = to.resolve(from.relativize(file).toString());
                    if (Files.isDirectory(file)) {
                        Files.createDirectories(copy);
                    } else if (!file.getParent().endsWith("simulator")
                            && !file.endsWith(ApiSimulator.class.getName())) {
                        Files.copy(file, copy);
                    }
                }
            }
            return to;
        }

        @Test
        void with_an_unknown_setting_of_camel_it_does_not_start_and_names_it() throws Exception {
            home = Files.createDirectory(folder.resolve("home"));

            Map<String, String> settings = Map.of("camel.main.nam", "x", "camel.server.max-body-szie", "1");
            try (Bundle bundle = new Bundle(home, settings, Map.of())) {
                assertThat(bundle.exitCode()).isEqualTo(2);
                assertThat(bundle.said())
                        .contains("camel.main.nam is not a setting of Camel; did you mean camel.main.name?")
                        .contains(
                                "camel.server.max-body-szie is not a setting of Camel; did you mean camel.server.max-body-size?")
                        .doesNotContain("\tat ");
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "camel.component.fiel.lazy-start-producer = true"})
        void with_mistakes_of_all_kinds_it_names_all_of_them_at_once(String foundByCamelFirst) throws Exception {
            home = Files.createDirectory(folder.resolve("home"));
            Files.createDirectory(home.resolve("data"));
            Files.writeString(home.resolve("data/answered.txt"), "ok");
            Files.write(home.resolve("data/ledger.db"), new byte[] {1, 2, 3});
            Files.createDirectory(home.resolve("a-folder"));
            Files.writeString(home.resolve("application.properties"), """
                    claude.throttle.in-flight = none
                    claude.cache.enable = true
                    claude.redact.patterns.a.pattern = (
                    claude.redact.patterns.b.pattern = [
                    claude.redact.policies.p.patterns.c.pattern = *
                    claude.sinks.out.uri = fil:outbox
                    claude.sources.in.uri = file:in?delya=5
                    claude.cache.templates = nowhere.yaml
                    claude.ledger.prices = nowhere.csv
                    claude.gateway.keys.k.key-file = no-key
                    claude.credentials.main.key-file = no-secret
                    claude.gateway.certificate = nowhere.pem
                    claude.gateway.private-key = nowhere.key
                    claude.log.file = a-folder
                    claude.simulator.faults = nonsense=5
                    claude.split.strategy = {{nowhere}}
                    camel.main.nam = x
                    camel.component.file.lazyy = true
                    """ + foundByCamelFirst);
            Map<String, String> environment = Map.of(
                    "CLAUDE_GATEWAY_KEY_FOO", "sk-secret",
                    "CLAUDE_CAL_DEADLINE", "5s",
                    "CLAUDE_CODE_ENTRYPOINT", "cli");

            try (Bundle bundle = new Bundle(home, Map.of(), environment)) {
                assertThat(bundle.exitCode()).isEqualTo(2);
                assertThat(bundle.said())
                        .contains(
                                "claude.throttle.in-flight=none",
                                "claude.cache.enable is not a setting",
                                "claude.redact.patterns.a.pattern must be",
                                "claude.redact.patterns.b.pattern must be",
                                "claude.redact.policies.p.patterns.c.pattern must be",
                                "claude.sinks.out.uri: there is no Camel component fil",
                                "claude.sources.in.uri: the component file has no option delya",
                                "claude.cache.templates=nowhere.yaml",
                                "claude.ledger.prices=nowhere.csv",
                                "claude.gateway.keys.k.key-file=no-key",
                                "claude.credentials.main.key-file=no-secret",
                                "claude.gateway.certificate=nowhere.pem",
                                "claude.log.file=a-folder: the file cannot be written",
                                "claude.simulator.faults",
                                "claude.split.strategy={{nowhere}}: the placeholder has no value",
                                "ledger.db is damaged",
                                "camel.main.nam is not a setting of Camel",
                                "camel.component.file.lazyy: the component file has no option lazyy",
                                "CLAUDE_GATEWAY_KEY_FOO is not a setting; did you mean CLAUDE_GATEWAY_KEYS_FOO_KEY?",
                                "CLAUDE_CAL_DEADLINE is not a setting; did you mean CLAUDE_CALL_DEADLINE?")
                        .doesNotContain("CLAUDE_CODE_ENTRYPOINT")
                        .doesNotContain("sk-secret")
                        .doesNotContain("\tat ");
            }
        }

        @Test
        void with_settings_that_cannot_be_it_names_all_of_them_at_once() throws Exception {
            home = Files.createDirectory(folder.resolve("home"));
            Files.writeString(home.resolve("application.properties"), """
                    claude.throttle.in-flight = 0
                    claude.call.deadline = 10
                    claude.sinks.answers.bufer = 10
                    """);

            try (Bundle bundle = new Bundle(home, Map.of(), Map.of())) {
                assertThat(bundle.exitCode()).isEqualTo(2);
                assertThat(bundle.said())
                        .contains("claude.throttle.in-flight=0: expected a whole number from 1")
                        .contains("claude.call.deadline=10: expected a duration such as")
                        .contains("did you mean claude.sinks.answers.buffer?")
                        .doesNotContain("\tat ")
                        .doesNotContain("Exception");
            }
        }
    }

    /** Prompts come all the time while the copy is made. */
    @Test
    void a_backup_under_load_is_one_that_a_bundle_starts_with(@TempDir Path scratch) throws Exception {
        Path home = Files.createDirectory(scratch.resolve("home"));
        Path copy = scratch.resolve("copy");
        try (Bundle bundle = Bundle.startedIn(home)) {
            AtomicBoolean over = new AtomicBoolean();
            Thread sender = new Thread(() -> {
                for (int i = 0; !over.get() && i < 3_000; i++) {
                    try {
                        bundle.drop("inbox", "sea-" + i + ".txt", "How deep is sea " + i + "?");
                    } catch (IOException gone) {
                        throw new UncheckedIOException(gone);
                    }
                }
            });
            sender.start();
            Patience.until(() -> files(home.resolve("outbox")).size() > 20, START, bundle::said);
            assertThat(bundle.command("backup", copy.toString())).startsWith("0");
            over.set(true);
            sender.join();
        }
        List<String> answered = Files.readAllLines(copy.resolve("answered.txt"));
        assertThat(answered).isNotEmpty();
        assertThat(copy.resolve("tmp")).doesNotExist();

        Path restored = Files.createDirectory(scratch.resolve("restored"));
        Files.move(copy, restored.resolve("data"));
        try (Bundle bundle = Bundle.startedIn(restored)) {
            JsonNode usage = new ObjectMapper().readTree(bundle.get("/v1/usage"));
            assertThat(usage.findValue("calls").asInt()).isGreaterThanOrEqualTo(answered.size());
            bundle.drop("inbox", "after.txt", "say exactly: restored");
            assertThat(bundle.answer("outbox", "after.txt")).isEqualTo("restored");
            assertThat(bundle.get("/observe/health")).doesNotContain("cannot be written");
        }
    }

    @Nested
    class Killed_in_the_middle_of_its_work {

        private static final int PROMPTS = 200;
        private static final int SOME = 20;

        @TempDir
        private Path folder;

        @Test
        void it_answers_every_prompt_exactly_once_when_it_is_started_again() throws Exception {
            Path home = Files.createDirectory(folder.resolve("home"));
            Path inbox = Files.createDirectory(home.resolve("inbox"));
            Path outbox = home.resolve("outbox");
            Map<String, String> expected = new TreeMap<>();
            for (int i = 0; i < PROMPTS; i++) {
                Files.writeString(inbox.resolve("prompt-" + i + ".txt"), "Say exactly: answer " + i);
                expected.put("prompt-" + i + ".txt", "answer " + i);
            }
            try (Bundle bundle = new Bundle(home, FAST, Map.of())) {
                Patience.until(() -> files(outbox).size() >= SOME, START, bundle::said);
                bundle.killed();
            }
            assertThat(files(inbox))
                    .as("prompts that are left when the process is gone")
                    .isNotEmpty();

            try (Bundle bundle = new Bundle(home, FAST, Map.of())) {
                Patience.until(() -> files(inbox).isEmpty(), START.multipliedBy(2), bundle::said);
                bundle.stopped();
            }

            Map<String, String> answers = new TreeMap<>();
            for (String name : files(outbox)) {
                answers.put(name, Files.readString(outbox.resolve(name)));
            }
            assertThat(answers).isEqualTo(expected);
            assertThat(files(inbox.resolve(".done"))).hasSize(PROMPTS);
            assertThat(files(home.resolve("dead-letters"))).isEmpty();
        }
    }
}
