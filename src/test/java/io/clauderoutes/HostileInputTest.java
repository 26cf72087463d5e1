package io.clauderoutes;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.nothingButAReset;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.stream;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes from outside is data: it is refused with a clear word, or it goes through unchanged and does nothing. */
@Timeout(120)
@Order(8)
class HostileInputTest {

    private static final String EXPRESSIONS =
            "${sys.user.home} ${body} {{claude.routes}} ${{x}} $simple{body} #{1+1} %s";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude).with("claude.sinks.whole.uri", "mock:whole");

    @TempDir
    Path folder;

    @Nested
    class When_a_message_is_no_prompt {

        static Stream<Object> junk() {
            return Stream.of(
                    "",
                    " \n\t",
                    new byte[0],
                    new byte[] {0, 1, 2, 3, (byte) 0xFF},
                    new byte[] {(byte) 0xC3, (byte) 0x28},
                    new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
                    new byte[] {'h', 'i', 0, 'x'},
                    "hi\0x",
                    "half a pair \ud83d",
                    "gr\u00fcn".getBytes(ISO_8859_1),
                    "hello".getBytes(UTF_16LE),
                    "{\"messages\":".getBytes(UTF_8),
                    "{\"messages\":{}}",
                    "{\"messages\":[]} {}",
                    "{\"messages\":[],\"max_tokens\":-1}",
                    "{\"messages\":[],\"max_tokens\":1e999}",
                    "{\"messages\":[],\"max_tokens\":99999999999999999999}",
                    "{\"messages\":[],\"model\":7}",
                    "{\"messages\":[],\"model\":\" \"}",
                    "{\"a\":" + "[".repeat(100_000),
                    "{\"messages\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}",
                    "{\"messages\":[" + "{\"a\":".repeat(5_000) + "1" + "}".repeat(5_000) + "]}",
                    new Object());
        }

        @ParameterizedTest
        @MethodSource("junk")
        void it_is_refused_before_anything_is_asked(Object junk) {
            ClaudeException failure = bundle.failure(junk);

            assertThat(failure)
                    .isInstanceOf(ClaudeException.Rejected.class)
                    .returns("invalid_request_error", ClaudeException::type);
        }

        @Test
        void the_refusal_quotes_nothing_of_it() {
            ClaudeException failure = bundle.failure("{\"messages\": my secret is 42}");

            assertThat(failure).hasMessageNotContaining("secret");
        }

        @ParameterizedTest
        @ValueSource(strings = {"text", "bytes", "stream", "file", "wide", "map"})
        void one_that_is_too_long_is_refused(String kind) throws IOException {
            bundle.with("claude.source.max-bytes", "1000");
            String text = kind.equals("wide") ? "\u6df1".repeat(400) : "x".repeat(1001);
            byte[] bytes = text.getBytes(UTF_8);
            Object prompt =
                    switch (kind) {
                        case "bytes" -> bytes;
                        case "stream" -> new ByteArrayInputStream(bytes);
                        case "file" ->
                            Files.write(folder.resolve("prompt.txt"), bytes).toFile();
                        case "map" -> Map.of("messages", List.of(Map.of("role", "user", "content", text)));
                        default -> text;
                    };

            ClaudeException failure = bundle.failure(prompt);

            assertThat(failure)
                    .returns(413, ClaudeException::status)
                    .hasMessageContaining("claude.source.max-bytes=1000");
        }

        @Test
        void the_next_message_is_served() {
            claude.next(says("Deep."));
            bundle.failure(new byte[] {0, 1, 2});

            String answer = bundle.ask("How deep?");

            assertThat(answer).isEqualTo("Deep.");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    ClaudeHeaders.STRATEGY,
                    ClaudeHeaders.CACHE,
                    ClaudeHeaders.SINKS,
                    ClaudeHeaders.MAX_TOKENS,
                    ClaudeHeaders.STREAM
                })
        void an_option_that_does_not_exist_is_refused_by_its_name(String header) {
            ClaudeException failure = bundle.failure("How deep?", Map.of(header, "everything"));

            assertThat(failure).isInstanceOf(ClaudeException.Rejected.class).hasMessageContaining(header);
        }

        @Test
        void a_strategy_that_there_is_not_is_refused_with_those_that_there_are() {
            ClaudeException failure = bundle.failure("How deep?", Map.of(ClaudeHeaders.STRATEGY, "slow"));

            assertThat(failure).hasMessageContaining("stream").hasMessageContaining("auto");
        }

        @Test
        void half_a_surrogate_in_an_option_is_refused_too() {
            ClaudeException failure = bundle.failure("How deep?", Map.of(ClaudeHeaders.SYSTEM, "half \ud83d"));

            assertThat(failure).isInstanceOf(ClaudeException.Rejected.class);
        }
    }

    @Nested
    class When_headers_come_from_outside {

        private static final Set<String> OURS_ON_THE_WIRE = Set.of(
                "host",
                "connection",
                "user-agent",
                "accept",
                "content-type",
                "content-length",
                "x-api-key",
                "accept-encoding",
                "anthropic-version");

        private Map<String, Object> hostile() {
            Map<String, Object> headers = new HashMap<>();
            String elsewhere = "http://127.0.0.1:9/elsewhere";
            for (String name : List.of(
                    "CamelHttpUri",
                    "camelhttpuri",
                    "CAMELHTTPURI",
                    "CamelHttpUrl",
                    "CamelHttpBaseUri",
                    "CamelRestHttpUri",
                    "Camel.http.uri",
                    "org.apache.camel.HttpUri")) {
                headers.put(name, elsewhere);
            }
            headers.put("CamelHttpPath", "/elsewhere");
            headers.put("cAmElHtTpPaTh", "/elsewhere");
            headers.put("CamelHttpQuery", "a=b");
            headers.put("CamelHttpRawQuery", "a=b");
            headers.put("CamelHttpMethod", "DELETE");
            headers.put("camelHttpMethod", "GET");
            headers.put("CamelHttpHost", "elsewhere");
            headers.put("CamelHttpScheme", "https");
            headers.put("CamelHttpPort", "1");
            headers.put("CamelHttpResponseCode", 200);
            headers.put("CamelToEndpoint", "mock:elsewhere");
            headers.put("CamelSlipEndpoint", "mock:elsewhere");
            headers.put("CamelExecCommandExecutable", "touch");
            headers.put("CamelBeanMethodName", "close");
            headers.put("camelBeanMethodName", "close");
            headers.put("CamelFileName", "../../elsewhere.txt");
            headers.put("CamelOverruleFileName", "../../elsewhere.txt");
            headers.put("CamelCaffeineAction", "CLEANUP");
            headers.put("CamelCaffeineKey", "elsewhere");
            headers.put("camelcaffeinekey", "elsewhere");
            headers.put("CamelCharsetName", "UTF-16");
            headers.put("CamelClaudeEndpoint", "elsewhere");
            headers.put("CamelClaudeAttempts", 99);
            headers.put("CamelClaudeChunk", 99);
            headers.put("CamelClaudeFormat", "TEXT");
            headers.put("Host", "elsewhere");
            headers.put("Authorization", "Bearer stolen");
            headers.put("x-api-key", "stolen");
            headers.put("anthropic-version", "1999-01-01");
            headers.put("Anthropic-Beta", "everything");
            headers.put("Content-Encoding", "gzip");
            headers.put("Content-Type", "text/plain");
            headers.put("Transfer-Encoding", "chunked");
            headers.put("Accept-Encoding", "gzip");
            headers.put("Cookie", "a=b");
            headers.put("X-Evil", "a\r\nb: c");
            return headers;
        }

        private void nothing_of_them_shows(MockEndpoint sink) {
            StubClaude.Request request = claude.requests().get(0);
            assertThat(request.line()).isEqualTo("POST /v1/messages HTTP/1.1");
            assertThat(OURS_ON_THE_WIRE).containsAll(request.headers().keySet());
            assertThat(request.headers())
                    .containsEntry("host", claude.url().substring("http://".length()))
                    .containsEntry("x-api-key", Bundle.KEY)
                    .containsEntry("anthropic-version", "2023-06-01")
                    .extractingByKey("content-type")
                    .asString()
                    .startsWith("application/json");
            assertThat(request.body()).contains("\"How deep?\"");
            Map<String, Object> delivered =
                    sink.getReceivedExchanges().get(0).getMessage().getHeaders();
            Set<String> names = new TreeSet<>(delivered.keySet());
            names.removeIf(name -> name.startsWith("CamelClaude"));
            assertThat(names).containsExactly("CamelFileName", "ClaudePromptId");
            assertThat(delivered.get("CamelFileName").toString()).doesNotContain("elsewhere");
            assertThat(delivered)
                    .containsEntry(ClaudeHeaders.ENDPOINT, "primary")
                    .containsEntry(ClaudeHeaders.ATTEMPTS, 1)
                    .doesNotContainKey(ClaudeHeaders.CHUNK);
        }

        @Test
        void none_crosses_the_front_door() {
            claude.next(says("Deep."));
            Map<String, Object> headers = hostile();
            headers.put(ClaudeHeaders.SINKS, "whole");

            bundle.ask("How deep?", headers);

            nothing_of_them_shows(bundle.mock("whole"));
        }

        @Test
        void none_crosses_a_source() throws InterruptedException {
            bundle.with("claude.sources.in.uri", "seda:hostile")
                    .with("claude.sources.in.sinks", "whole")
                    .with("claude.sources.in.idempotent.enabled", "false");
            bundle.mock("whole").expectedMessageCount(1);
            claude.next(says("Deep."));

            Map<String, Object> headers = hostile();
            headers.put(ClaudeHeaders.MODEL, "claude-elsewhere");
            headers.put(ClaudeHeaders.SINKS, "elsewhere");
            headers.put("camelclaudesinks", "elsewhere");
            headers.put(ClaudeHeaders.TENANT, "elsewhere");
            bundle.post("seda:hostile", "How deep?", headers);

            bundle.mock("whole").assertIsSatisfied();
            nothing_of_them_shows(bundle.mock("whole"));
            assertThat(claude.prompts().get(0)).doesNotContain("elsewhere");
        }

        @Test
        void those_that_are_allowed_travel_to_the_sinks_and_no_further() throws InterruptedException {
            bundle.with("claude.source.headers", "X-Trace")
                    .with("claude.sources.in.uri", "seda:allowed")
                    .with("claude.sources.in.sinks", "whole");
            bundle.mock("whole").expectedHeaderReceived("X-Trace", "t-1");
            bundle.mock("whole").expectedMessageCount(1);
            claude.next(says("Deep."));

            bundle.post("seda:allowed", "How deep?", Map.of("X-Trace", "t-1"));

            bundle.mock("whole").assertIsSatisfied();
            assertThat(claude.requests().get(0).headers()).doesNotContainKey("x-trace");
        }

        @Test
        void a_path_in_a_name_stays_below_the_sinks_folder() {
            claude.next(says("Deep."));

            bundle.ask(
                    "How deep?",
                    Map.of(ClaudeHeaders.SINKS, "whole", ClaudeHeaders.NAME, "..\\..//etc/\u0007pa:ss*wd"));

            assertThat(bundle.mock("whole")
                            .getReceivedExchanges()
                            .get(0)
                            .getMessage()
                            .getHeader(Exchange.FILE_NAME))
                    .isEqualTo("etc/_pa_ss_wd");
        }
    }

    @Nested
    class When_texts_hold_expressions {

        @Test
        void they_stay_as_they_are_in_prompt_and_answer() {
            claude.next(says("It is ", EXPRESSIONS));

            String answer = bundle.ask(
                    EXPRESSIONS,
                    Map.of(
                            ClaudeHeaders.SINKS, "whole",
                            ClaudeHeaders.SYSTEM, EXPRESSIONS,
                            ClaudeHeaders.MODEL, "${body}"));

            assertThat(answer).isEqualTo("It is " + EXPRESSIONS);
            assertThat(claude.prompts().get(0))
                    .contains("\"system\":\"" + EXPRESSIONS + "\"", "\"content\":\"" + EXPRESSIONS + "\"")
                    .contains("\"model\":\"${body}\"");
            assertThat(bundle.mock("whole")
                            .getReceivedExchanges()
                            .get(0)
                            .getMessage()
                            .getBody(String.class))
                    .isEqualTo("It is " + EXPRESSIONS);
        }

        @Test
        void a_files_name_stays_as_it_is() throws IOException {
            Path inbox = Files.createDirectory(folder.resolve("in"));
            Path outbox = folder.resolve("out");
            String name = "${sys.user.name}-{{claude.routes}}.txt";
            Files.writeString(inbox.resolve(name), "How deep?");
            claude.next(says("Deep."));
            bundle.with("claude.data", folder.resolve("data").toString())
                    .with("claude.sources.in.uri", "file:" + inbox + "?initialDelay=0&delay=50")
                    .with("claude.sources.in.sinks", "files")
                    .with("claude.sinks.files.uri", "file:" + outbox + "?tempFileName=.${file:name}.part");

            bundle.context();

            Bundle.until(() -> Files.exists(outbox.resolve(name)));
            assertThat(outbox.resolve(name)).hasContent("Deep.");
        }
    }

    @Nested
    class When_somebody_looks_for_the_key {

        private String shown(Exchange exchange) {
            StringWriter all = new StringWriter();
            if (exchange.getException() != null) {
                exchange.getException().printStackTrace(new PrintWriter(all));
            }
            return all + exchange.getMessage().getHeaders().toString() + exchange.getProperties() + bundle.meters();
        }

        @BeforeEach
        void settings() {
            // A refused key is not probed while the test runs.
            bundle.with("claude.call.max-attempts", "2").with("claude.endpoints.*.probe-interval-out", "10m");
        }

        @Test
        void it_is_in_no_log_line_no_exception_no_header_and_no_meter() {
            StringBuilder shown = new StringBuilder();
            List<String> lines;
            try (CapturedLog ours = new CapturedLog("io.clauderoutes", Level.ALL);
                    CapturedLog camels = new CapturedLog("org.apache.camel", Level.INFO)) {
                for (StubReply reply : List.of(
                        says("Deep."),
                        error(401, "authentication_error"),
                        error(400, "invalid_request_error"),
                        stream().start().text("Very deep and wide ").reset())) {
                    claude.next(reply);
                    shown.append(shown(bundle.send("How deep? " + shown.length())));
                }
                claude.next(nothingButAReset(), nothingButAReset());
                shown.append(shown(bundle.send("How wide?")));
                lines = Stream.concat(ours.lines().stream(), camels.lines().stream())
                        .toList();
            }

            assertThat(lines).isNotEmpty();
            assertThat(shown + lines.toString()).doesNotContain(Bundle.KEY);
        }

        @Test
        void neither_prompt_nor_answer_is_in_a_log_line() {
            claude.next(says("The sea answers."), error(400, "invalid_request_error"));
            List<String> lines;
            try (CapturedLog ours = new CapturedLog("io.clauderoutes", Level.ALL);
                    CapturedLog camels = new CapturedLog("org.apache.camel", Level.INFO)) {
                bundle.send("The abyss asks.");
                bundle.send("The abyss asks again.");
                lines = Stream.concat(ours.lines().stream(), camels.lines().stream())
                        .toList();
            }

            assertThat(lines.toString()).doesNotContain("abyss").doesNotContain("sea answers");
        }

        @Test
        void it_is_not_in_what_the_bundle_says_of_wrong_settings() {
            bundle.with("claude.credentials.main.kind", "magic");

            Throwable refusal = bundle.refusal();

            StringWriter told = new StringWriter();
            refusal.printStackTrace(new PrintWriter(told));
            assertThat(told.toString())
                    .contains("claude.credentials.main.kind=magic")
                    .doesNotContain(Bundle.KEY);
        }
    }
}
