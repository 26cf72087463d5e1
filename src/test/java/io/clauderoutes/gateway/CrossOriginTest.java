package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pages of the origins that the settings name may call the door from a browser, and no others. */
class CrossOriginTest {

    private static final String ORIGIN = "https://chat.example.com";
    private static final String BODY = """
            {"model":"claude-sonnet-5-5","max_tokens":9,"messages":[{"role":"user","content":"How deep?"}]}""";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude)
            .withHttpDoor()
            .with("claude.gateway.cors.origins", ORIGIN + ",http://localhost:5173");

    private HttpRequest.Builder from(String origin) {
        return HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                .header("origin", origin);
    }

    private static HttpResponse<String> answer(HttpRequest.Builder request) throws Exception {
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> preflight(String origin) throws Exception {
        return answer(from(origin)
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "anthropic-version,content-type,x-api-key")
                .method("OPTIONS", BodyPublishers.noBody()));
    }

    @Test
    void a_browser_that_asks_first_is_told_that_it_may() throws Exception {
        HttpResponse<String> response = preflight(ORIGIN);

        assertThat(response.statusCode()).isEqualTo(204);
        assertThat(response.headers().firstValue("access-control-allow-origin")).contains(ORIGIN);
        assertThat(response.headers().firstValue("access-control-allow-headers"))
                .contains("anthropic-version,content-type,x-api-key");
        assertThat(response.headers().firstValue("access-control-allow-methods").orElseThrow())
                .contains("POST");
        assertThat(response.headers().firstValue("access-control-allow-credentials"))
                .isEmpty();
    }

    @Test
    void its_page_is_served_and_may_read_the_answer_and_its_headers() throws Exception {
        claude.next(message("Very deep."));

        HttpResponse<String> response = answer(from(ORIGIN).POST(BodyPublishers.ofString(BODY)));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains("Very deep.");
        assertThat(response.headers().firstValue("access-control-allow-origin")).contains(ORIGIN);
        assertThat(response.headers().firstValue("access-control-expose-headers"))
                .contains("*");
    }

    @Test
    void its_page_may_read_a_refusal_too() throws Exception {
        HttpResponse<String> response = answer(from(ORIGIN).POST(BodyPublishers.ofString("{")));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.headers().firstValue("access-control-allow-origin")).contains(ORIGIN);
    }

    @Test
    void a_page_of_another_origin_spends_nothing() throws Exception {
        HttpResponse<String> asked = preflight("https://elsewhere.example");
        HttpResponse<String> sent = answer(from("https://elsewhere.example").POST(BodyPublishers.ofString(BODY)));

        assertThat(asked.headers().firstValue("access-control-allow-origin")).isEmpty();
        assertThat(sent.statusCode()).isEqualTo(403);
        assertThat(sent.body()).contains("permission_error").contains("claude.gateway.cors.origins");
        assertThat(claude.requests()).isEmpty();
    }

    @Test
    void a_caller_that_is_no_browser_is_served_as_ever() throws Exception {
        claude.next(message("Very deep."));

        HttpResponse<String> response = answer(HttpRequest.newBuilder(URI.create(bundle.door() + "/v1/messages"))
                .POST(BodyPublishers.ofString(BODY)));

        assertThat(response.statusCode()).isEqualTo(200);
    }
}
