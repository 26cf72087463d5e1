package io.clauderoutes.bundle;

import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Reply;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.CapturedLog;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of the stages (src/docs/stages.md): a user replaces a stage, or inserts one. */
class StageContractTest {

    private static final String MESSAGE = """
            {"id":"msg_mock","type":"message","role":"assistant","model":"claude-mock","stop_reason":"end_turn",
             "content":[{"type":"text","text":"my card is 4111 1111 1111 1111"}],
             "usage":{"input_tokens":3,"output_tokens":5}}""";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude).withHttpDoor();

    @TempDir
    private Path routes;

    @BeforeEach
    void useFolder() {
        bundle.with("claude.routes", routes.toString());
    }

    /** A stage whose route ends with the reply as its body. */
    private void mock(String stage, String file, String body) throws IOException {
        Files.writeString(routes.resolve(file + ".camel.yaml"), """
                - route:
                    id: claude-%1$s
                    from:
                      uri: direct
                      parameters:
                        name: claude-%1$s
                      steps:
                        - setBody:
                            expression:
                              constant:
                                expression: '%2$s'
                """.formatted(stage, body.replace("\n", " ")));
    }

    private String post(boolean stream) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString("""
                        {"model":"m","max_tokens":9,"stream":%s,"messages":[{"role":"user","content":"How deep?"}]}""".formatted(stream)))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void a_call_stage_that_returns_a_text_is_a_mock_of_the_api() throws Exception {
        mock("call", "40-call", "my card is 4111 1111 1111 1111");

        Exchange answer = bundle.send("How deep?");

        assertThat(answer.getException()).isNull();
        assertThat(answer.getMessage().getBody(String.class)).isEqualTo("my card is [REDACTED]");
        assertThat(answer.getMessage().getBody(Reply.class).text()).isEqualTo("my card is [REDACTED]");
        assertThat(claude.requests()).isEmpty();
    }

    @Test
    void a_call_stage_that_returns_a_message_is_a_mock_of_the_api() throws Exception {
        mock("call", "40-call", MESSAGE);

        Exchange answer = bundle.send("How deep?");

        assertThat(answer.getMessage().getBody(String.class)).isEqualTo("my card is [REDACTED]");
        assertThat(answer.getMessage().getHeader(ClaudeHeaders.REPLY_ID)).isEqualTo("msg_mock");
        assertThat(answer.getMessage().getHeader(ClaudeHeaders.OUTPUT_TOKENS)).isEqualTo(5L);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void clients_of_the_gateway_get_the_reply_of_a_mock(boolean stream) throws Exception {
        mock("call", "40-call", "Very deep.");

        String response = post(stream);

        assertThat(response).contains("Very deep.").contains(stream ? "message_stop" : "\"type\":\"message\"");
    }

    @Test
    void a_mocked_reply_is_cached_like_any_other() throws Exception {
        mock("call", "40-call", "Very deep.");
        bundle.ask("How deep?");

        Exchange second = bundle.send("How deep?");

        assertThat(second.getMessage().getHeader(ClaudeHeaders.CACHE_STATUS)).isEqualTo("hit");
    }

    @ParameterizedTest
    @CsvSource({"throttle, 20-throttle", "cache, 30-cache", "split, 50-split", "redact, 60-redact"})
    void any_stage_may_end_the_request_with_a_reply(String stage, String file) throws Exception {
        if (stage.equals("split") || stage.equals("redact")) {
            claude.next(says("Not this."));
        }
        mock(stage, file, "Very deep.");

        assertThat(bundle.ask("How deep?")).isEqualTo("Very deep.");
        assertThat(bundle.meter("claude.requests", "result", "answered")).isEqualTo(1);
    }

    @Test
    void a_stage_can_be_inserted_between_two_others() throws Exception {
        claude.next(says("Very deep."));
        Files.writeString(
                routes.resolve("50-split.camel.yaml"),
                Files.readString(Path.of("routes/50-split.camel.yaml"))
                        .replace("name: claude-redact", "name: my-check"));
        Files.writeString(routes.resolve("my-check.camel.yaml"), """
                - route:
                    id: my-check
                    from:
                      uri: direct
                      parameters:
                        name: my-check
                      steps:
                        - setHeader:
                            name: Checked
                            expression:
                              simple:
                                expression: ${bodyType}
                        - to:
                            uri: direct
                            parameters:
                              name: claude-redact
                """);

        Exchange answer = bundle.send("How deep?");

        assertThat(answer.getException()).isNull();
        assertThat(answer.getMessage().getBody(String.class)).isEqualTo("Very deep.");
        assertThat(answer.getMessage().getHeader("Checked", String.class)).contains("io.clauderoutes.");
    }

    @Test
    void a_stage_can_be_replaced_by_one_that_does_the_same_by_the_documented_beans() throws Exception {
        claude.next(says("my card is 4111 1111 1111 1111"));
        Files.writeString(routes.resolve("60-redact.camel.yaml"), """
                - route:
                    id: claude-redact
                    startupOrder: 20
                    from:
                      uri: direct
                      parameters:
                        name: claude-redact
                      steps:
                        - process:
                            ref: claudeRedactReply
                        - setHeader:
                            name: Mine
                            expression:
                              constant:
                                expression: "yes"
                        - to:
                            uri: direct
                            parameters:
                              name: claude-fan-out
                """);

        Exchange answer = bundle.send("How deep?");

        assertThat(answer.getMessage().getBody(String.class)).isEqualTo("my card is [REDACTED]");
        assertThat(answer.getMessage().getHeader("Mine")).isEqualTo("yes");
    }

    @Test
    void a_redaction_stage_without_its_step_is_a_warning_and_a_detail_of_health() throws Exception {
        claude.next(says("my card is 4111 1111 1111 1111"));
        Files.writeString(
                routes.resolve("60-redact.camel.yaml"),
                Files.readString(Path.of("routes/60-redact.camel.yaml"))
                        .replace("ref: claudeRedactReply", "ref: mine"));
        bundle.withBean("mine", (Processor) exchange -> {});

        try (CapturedLog log = new CapturedLog(ProtectiveSteps.class.getName(), Level.WARN)) {
            assertThat(bundle.ask("How deep?")).isEqualTo("my card is 4111 1111 1111 1111");
            assertThat(log.lines()).anySatisfy(line -> assertThat(line).contains("claudeRedactReply"));
        }
        assertThat(HealthCheckHelper.invoke(bundle.context())).anySatisfy(result -> assertThat(result.getDetails())
                .hasEntrySatisfying(
                        "redaction", text -> assertThat(text).asString().contains("replies are not redacted")));
    }

    @Test
    void a_fan_out_stage_without_the_step_of_checks_is_a_warning_where_there_are_checks() throws Exception {
        claude.next(says("damn"));
        Files.writeString(
                routes.resolve("70-fan-out.camel.yaml"),
                Files.readString(Path.of("routes/70-fan-out.camel.yaml"))
                        .replace("ref: claudeReplyChecks", "ref: mine"));
        bundle.withBean("mine", (Processor) exchange -> {})
                .with("claude.checks.polite.forbidden-pattern", "damn")
                .with("claude.source.checks", "polite");

        assertThat(bundle.ask("How?")).isEqualTo("damn");
        assertThat(HealthCheckHelper.invoke(bundle.context())).anySatisfy(result -> assertThat(result.getDetails())
                .hasEntrySatisfying(
                        "checks", text -> assertThat(text).asString().contains("claude.checks have no effect")));
    }
}
