package io.clauderoutes.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a request has brought does not come back in the response of a route of the user's own. */
@Timeout(60)
class ReceivedHeadersTest {

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude)
            .with("claude.gateway.keys.one.key", "key-one")
            .withHttpDoor();

    private HttpHeaders asked(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(bundle.door() + path))
                .header("x-api-key", "key-one")
                .header("authorization", "Bearer key-one")
                .header("cookie", "session=1")
                .header("accept", "text/plain")
                .header("x-mine", "brought")
                .header("x-mine", "twice")
                .header("content-type", "text/plain")
                .POST(BodyPublishers.ofString("a body"))
                .build();
        HttpResponse<String> response = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("done");
        return response.headers();
    }

    private void serving(String uri) throws Exception {
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(uri)
                        .setHeader("x-own", constant("own"))
                        .setHeader("x-changed", constant("changed"))
                        .setBody(constant("done"));
            }
        });
    }

    @Test
    void neither_headers_nor_the_query_nor_a_part_of_the_path() throws Exception {
        serving("platform-http:/hooks/{part}");

        HttpHeaders headers = asked("/hooks/secret?set-cookie=evil&x-changed=asked&a=b");

        assertThat(headers.map())
                .doesNotContainKeys(
                        "x-api-key", "authorization", "cookie", "accept", "x-mine", "set-cookie", "a", "part");
        assertThat(headers.firstValue("x-own")).contains("own");
        assertThat(headers.allValues("x-changed")).containsExactly("changed");
        assertThat(headers.map().toString()).doesNotContain("key-one", "evil", "secret", "brought");
    }

    @Test
    void unless_the_endpoint_of_the_route_says_so() throws Exception {
        serving("platform-http:/echo?returnHttpRequestHeaders=true");

        assertThat(asked("/echo").firstValue("x-mine")).isPresent();
    }
}
