package io.clauderoutes.gateway;

import static io.clauderoutes.support.StubReply.message;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the HTTP server refuses before it reads a body, on the gateway's paths and on those of users' own routes. */
@Timeout(120)
class GuardTest {

    private static final int PATIENCE_MILLIS = 60_000;
    private static final String BODY =
            "{\"model\":\"m\",\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":\"How deep?\"}]}";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude).withHttpDoor();

    private Socket connected() throws IOException {
        URI door = bundle.door();
        Socket socket = new Socket(door.getHost(), door.getPort());
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    private String sent(String request) throws IOException {
        try (Socket socket = connected()) {
            socket.getOutputStream().write(request.getBytes(US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        }
    }

    private String asked(String... headers) throws IOException {
        return sent("POST /v1/messages HTTP/1.1\r\n" + String.join("\r\n", headers)
                + "\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: " + BODY.length()
                + "\r\n\r\n" + BODY);
    }

    /** The head of a request alone: its body never comes. */
    private String announced(long bytes, String... headers) throws IOException {
        try (Socket socket = connected()) {
            socket.getOutputStream()
                    .write(("POST /v1/messages HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\ncontent-length: "
                                    + bytes + "\r\n\r\n")
                            .getBytes(US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        }
    }

    private void withRoute() throws Exception {
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("platform-http:/mine").setBody(constant("mine"));
            }
        });
    }

    private String getMine(String... headers) throws IOException {
        return sent("GET /mine HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\nconnection: close\r\n\r\n");
    }

    @Nested
    class Without_keys {

        @ParameterizedTest
        @ValueSource(strings = {"localhost", "127.0.0.1:8080", "LocalHost:8080", "[::1]"})
        void names_of_this_machine_are_served(String host) throws IOException {
            claude.next(message("Deep."));

            assertThat(asked("host: " + host)).startsWith("HTTP/1.1 200").contains("Deep.");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "host: evil.example.com",
                    "host: localhost.evil.example.com",
                    "host: 127.0.0.1.evil.example.com",
                    "host:"
                })
        void other_names_are_not(String host) throws IOException {
            assertThat(asked(host)).startsWith("HTTP/1.1 403").contains("permission_error", "claude.gateway.keys");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "forwarded: for=1.2.3.4",
                    "x-forwarded-for: 1.2.3.4",
                    "x-real-ip: 1.2.3.4",
                    "via: 1.1 proxy",
                    "origin: https://evil.example.com",
                    "sec-fetch-site: cross-site",
                    "sec-fetch-site: same-site"
                })
        void proxies_and_pages_of_other_hosts_are_not_served(String header) throws IOException {
            assertThat(asked("host: localhost", header))
                    .startsWith("HTTP/1.1 403")
                    .contains("\"request_id\":\"req_");
        }

        @Test
        void the_same_holds_for_routes_of_users() throws Exception {
            withRoute();

            assertThat(getMine("host: localhost")).startsWith("HTTP/1.1 200").contains("mine");
            assertThat(getMine("host: evil.example.com")).startsWith("HTTP/1.1 403");
        }

        @Test
        void names_that_are_configured_are_served() throws IOException {
            bundle.with("claude.gateway.hosts", "Gateway.example.com");
            claude.next(message("Deep."));

            assertThat(asked("host: gateway.example.com:8080")).startsWith("HTTP/1.1 200");
            assertThat(asked("host: localhost")).startsWith("HTTP/1.1 403").contains("claude.gateway.hosts");
        }
    }

    @Nested
    class With_keys {

        private static final String KEY = "key-of-one-client";

        private void keys() {
            bundle.with("claude.gateway.keys.one.key", KEY);
        }

        @Test
        void any_name_is_served_and_no_proxy_refused() throws IOException {
            keys();
            claude.next(message("Deep."));

            assertThat(asked("host: gateway.example.com", "x-forwarded-for: 1.2.3.4", "x-api-key: " + KEY))
                    .startsWith("HTTP/1.1 200");
        }

        @ParameterizedTest
        @CsvSource({"key-of-one-client,nope", "sk-ant-old,key-of-one-client"})
        void of_two_credentials_one_has_to_be_valid(String apiKey, String bearer) throws IOException {
            keys();
            claude.next(message("Deep."));

            assertThat(asked("host: x", "x-api-key: " + apiKey, "authorization: Bearer " + bearer))
                    .startsWith("HTTP/1.1 200");
        }

        @Test
        void two_that_are_not_valid_are_refused() throws IOException {
            keys();

            assertThat(asked("host: x", "x-api-key: a", "authorization: Bearer b"))
                    .startsWith("HTTP/1.1 401");
        }

        @Test
        void a_body_without_a_key_is_refused_before_it_is_read() throws IOException {
            keys();

            assertThat(announced(900_000, "host: x")).startsWith("HTTP/1.1 401");
        }

        @Test
        void a_route_of_a_user_needs_the_key_too() throws Exception {
            keys();
            withRoute();

            assertThat(getMine("host: x")).startsWith("HTTP/1.1 401");
            assertThat(getMine("host: x", "x-api-key: " + KEY)).startsWith("HTTP/1.1 200");
        }

        @Test
        void a_path_can_be_opened_for_all() throws Exception {
            keys();
            bundle.with("claude.gateway.open-paths", "/mine,/hooks/*");
            withRoute();

            assertThat(getMine("host: x")).startsWith("HTTP/1.1 200");
        }

        @ParameterizedTest
        @ValueSource(strings = {"/hooks/../v1/models", "/hooks/%2e%2e/v1/models", "/hooks//v1/models", "/v1/models"})
        void no_way_leads_round_the_key(String path) throws IOException {
            keys();
            bundle.with("claude.gateway.open-paths", "/hooks/*");

            assertThat(sent("GET " + path + " HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 401");
        }
    }

    @Nested
    class When_bodies_are_many {

        @Test
        void one_that_is_too_long_is_refused_before_it_is_read() throws IOException {
            assertThat(announced(40_000_000, "host: localhost"))
                    .startsWith("HTTP/1.1 413")
                    .contains("request_too_large");
        }

        @Test
        void those_of_one_client_are_bounded_and_what_is_held_is_given_back() throws IOException {
            bundle.with("camel.server.max-body-size", "1000000")
                    .with("claude.gateway.max-request-bytes", "30000000")
                    .with("claude.gateway.max-client-request-bytes", "1800000");
            List<Socket> sending = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                Socket socket = connected();
                OutputStream out = socket.getOutputStream();
                out.write("POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 900000\r\n\r\n{"
                        .getBytes(US_ASCII));
                sending.add(socket);
            }

            Bundle.until(() -> refused(429));

            for (Socket socket : sending) {
                socket.close();
            }
            claude.always(message("Deep."));
            Bundle.until(() -> !refused(429));
        }

        private boolean refused(int status) {
            try {
                return asked("host: localhost").startsWith("HTTP/1.1 " + status);
            } catch (IOException broken) {
                return false;
            }
        }
    }
}
