package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.message;
import static io.clauderoutes.support.StubReply.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which paths, methods and encodings the HTTP door knows, and what it says to others. */
@Timeout(120)
class GatewayPathsTest {

    private static final String WHOLE = """
            {"model":"claude-sonnet-5-5","max_tokens":64,"messages":[{"role":"user","content":"How deep?"}]}""";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .with("claude.cache.enabled", "false")
            .with("claude.call.max-attempts", "1")
            .withHttpDoor();

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(bundle.door() + path)).header("content-type", "application/json");
    }

    private static HttpResponse<String> answer(HttpRequest.Builder request) throws IOException, InterruptedException {
        // An upgrade to HTTP/2 would keep one line of each header.
        return HttpClient.newHttpClient()
                .send(request.version(HttpClient.Version.HTTP_1_1).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Nested
    class When_a_path_is_written_in_another_way {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/v1/messages/count_tokens/",
                    "//v1/messages/count_tokens",
                    "/v1//messages/count_tokens?beta=true"
                })
        void slashes_more_or_less_do_not_matter(String path) throws Exception {
            claude.next(status(200, "{\"input_tokens\":14}"));

            HttpResponse<String> response = answer(request(path).POST(BodyPublishers.ofString(WHOLE)));

            assertThat(response.body()).isEqualTo("{\"input_tokens\":14}");
            assertThat(claude.requests().get(0).line()).startsWith("POST /v1/messages/count_tokens");
        }

        @Test
        void one_model_is_asked_for_by_its_id() throws Exception {
            claude.next(status(200, "{\"type\":\"model\"}"));

            HttpResponse<String> response =
                    answer(request("/v1/models/claude-sonnet-5-5").GET());

            assertThat(response.statusCode()).isEqualTo(200);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/v1/models/%2e%2e/organizations/users",
                    "/v1/models/..%2forganizations",
                    "/v1/models/%2e%2e",
                    "/v1/models/a/b"
                })
        void nothing_but_a_model_is_reached_below_models(String path) throws Exception {
            HttpResponse<String> response = answer(request(path).GET());

            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(claude.requests()).isEmpty();
        }
    }

    @Nested
    class When_it_is_not_there {

        @ParameterizedTest
        @ValueSource(strings = {"/", "/foo", "/v2/messages", "/api/unknown"})
        void the_refusal_has_the_apis_shape(String path) throws Exception {
            HttpResponse<String> response = answer(request(path).GET());

            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(response.headers().firstValue("content-type")).contains("application/json");
            assertThat(response.body()).contains("\"type\":\"error\"", "\"type\":\"not_found_error\"");
        }

        @ParameterizedTest
        @CsvSource({
            "GET, /v1/messages, POST",
            "DELETE, /v1/messages, POST",
            "GET, /v1/messages/count_tokens, POST",
            "POST, /v1/models, GET",
            "PUT, /v1/models/claude-sonnet-5-5, GET",
            "PUT, /v1/messages/streams/prompt-1, 'GET, DELETE'"
        })
        void another_method_is_told_the_right_one(String method, String path, String right) throws Exception {
            HttpResponse<String> response = answer(request(path).method(method, BodyPublishers.noBody()));

            assertThat(response.statusCode()).isEqualTo(405);
            assertThat(response.headers().firstValue("allow")).contains(right);
            assertThat(response.body()).contains("\"type\":\"invalid_request_error\"");
        }
    }

    @Nested
    class When_the_request_is_compressed {

        private static byte[] gzip(String text) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
                gzip.write(text.getBytes(StandardCharsets.UTF_8));
            }
            return bytes.toByteArray();
        }

        private HttpResponse<String> answered(String path, String encoding, byte[] body) throws Exception {
            return answer(request(path).header("content-encoding", encoding).POST(BodyPublishers.ofByteArray(body)));
        }

        @ParameterizedTest
        @ValueSource(strings = {"/v1/messages", "/v1/messages/count_tokens"})
        void gzip_is_undone(String path) throws Exception {
            claude.next(message("Very deep."));

            HttpResponse<String> response = answered(path, "gzip", gzip(WHOLE));

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(claude.requests().get(0).body()).isEqualTo(WHOLE);
        }

        @ParameterizedTest
        @ValueSource(strings = {"/v1/messages", "/v1/messages/count_tokens"})
        void other_encodings_are_refused_by_name(String path) throws Exception {
            HttpResponse<String> response = answered(path, "br", gzip(WHOLE));

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("invalid_request_error", "content-encoding: br");
        }

        @Test
        void what_is_no_gzip_is_refused() throws Exception {
            HttpResponse<String> response = answered("/v1/messages", "gzip", WHOLE.getBytes(StandardCharsets.UTF_8));

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("invalid_request_error", "gzip");
        }

        @Test
        void a_little_that_becomes_too_much_is_refused() throws Exception {
            HttpResponse<String> response = answered("/v1/messages", "gzip", gzip(" ".repeat(33_554_433)));

            assertThat(response.statusCode()).isEqualTo(413);
            assertThat(response.body()).contains("request_too_large");
        }
    }

    @Nested
    class When_tokens_are_counted {

        @Test
        void every_line_of_a_header_goes_on() throws Exception {
            claude.next(status(200, "{\"input_tokens\":14}"));

            answer(request("/v1/messages/count_tokens")
                    .header("anthropic-beta", "one")
                    .header("anthropic-beta", "two")
                    .POST(BodyPublishers.ofString(WHOLE)));

            assertThat(claude.requests().get(0).headers()).containsEntry("anthropic-beta", "one,two");
        }

        @Test
        void a_form_is_told_what_is_wrong_with_it() throws Exception {
            HttpResponse<String> response = answer(request("/v1/messages/count_tokens")
                    .setHeader("content-type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString(WHOLE)));

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("content-type: application/json");
        }
    }
}
