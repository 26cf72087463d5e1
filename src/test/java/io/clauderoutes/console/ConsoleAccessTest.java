package io.clauderoutes.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.clauderoutes.InProcessBundle;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collections;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may use the console, over real connections. */
@Timeout(120)
class ConsoleAccessTest {

    private static final String PASSWORD = "a password of tests";

    @TempDir
    Path home;

    private final StubClaude claude = new StubClaude();
    private InProcessBundle bundle;

    @AfterEach
    void stop() {
        bundle.close();
        claude.close();
    }

    private InProcessBundle bundle() {
        bundle = new InProcessBundle(home, URI.create(claude.url())).with("claude.console.enabled", "true");
        return bundle;
    }

    private String sentTo(String address, String line, String... headers) throws IOException {
        try (Socket socket = new Socket(address, bundle.management().getPort())) {
            String request = line + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\nconnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    private String sent(String line, String... headers) throws IOException {
        return sentTo("127.0.0.1", line, headers);
    }

    private static String basic(String password) {
        return "authorization: Basic " + Base64.getEncoder().encodeToString(("operator:" + password).getBytes(UTF_8));
    }

    /** An address of this machine that is not the loopback address. */
    private static Optional<String> otherAddress() throws IOException {
        return Collections.list(NetworkInterface.getNetworkInterfaces()).stream()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .map(InetAddress::getHostAddress)
                .findFirst();
    }

    @Test
    void the_page_runs_only_its_own_scripts_and_is_checked_by_its_tag() throws Exception {
        bundle().started();

        String page = sent("GET /", "host: localhost");

        assertThat(page)
                .startsWith("HTTP/1.1 200")
                .contains("content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'")
                .contains("x-content-type-options: nosniff", "referrer-policy: no-referrer", "cache-control: no-cache")
                .contains("<html lang=\"en\">")
                .doesNotContain("style=\"", "onclick=");
        String tag = page.replaceAll("(?s).*\r\netag: ([^\r]+).*", "$1");
        assertThat(sent("GET /", "host: localhost", "if-none-match: " + tag)).startsWith("HTTP/1.1 304");
    }

    @Test
    void all_files_together_are_small() throws Exception {
        bundle().started();
        int bytes = 0;
        for (String name : StaticFiles.FILES) {
            String response = sent("GET " + (name.equals("index.html") ? "/" : "/console/" + name), "host: localhost");
            assertThat(response).startsWith("HTTP/1.1 200");
            bytes += response.length();
        }

        assertThat(bytes).isLessThan(100_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "host: evil.example.com",
                "host: localhost\r\norigin: https://evil.example.com",
                "host: localhost\r\norigin: http://localhost:3000",
                "host: localhost\r\nsec-fetch-site: cross-site",
                "host: localhost\r\nsec-fetch-site: same-site",
                "host: localhost\r\nx-forwarded-for: 1.2.3.4",
                "host: localhost\r\nvia: 1.1 proxy"
            })
    void other_hosts_other_pages_and_proxies_are_refused(String headers) throws Exception {
        bundle().started();

        assertThat(sent("GET /console/api/now", headers))
                .startsWith("HTTP/1.1 403")
                .contains("permission_error")
                .doesNotContain("problems");
    }

    @Test
    void a_form_of_a_page_cannot_post() throws Exception {
        bundle().started();

        assertThat(sent("POST /console/api/try", "host: localhost", "content-type: text/plain", "content-length: 0"))
                .startsWith("HTTP/1.1 415");
        assertThat(sent("DELETE /console/api/now", "host: localhost")).startsWith("HTTP/1.1 405");
    }

    @Test
    void with_a_password_everybody_has_to_give_it() throws Exception {
        bundle().with("claude.console.password", PASSWORD).started();

        assertThat(sent("GET /", "host: localhost"))
                .startsWith("HTTP/1.1 401")
                .contains("www-authenticate: Basic")
                .doesNotContain("<html");
        assertThat(sent("GET /", "host: localhost", basic("a password of others")))
                .startsWith("HTTP/1.1 401");
        assertThat(sent("GET /", "host: localhost", "authorization: Basic !!!")).startsWith("HTTP/1.1 401");
        assertThat(sent("GET /console/api/now", "host: localhost", basic(PASSWORD)))
                .startsWith("HTTP/1.1 200")
                .contains("problems");
        assertThat(sent("GET /observe/health", "host: localhost")).startsWith("HTTP/1.1 200");
    }

    @Test
    void other_machines_are_refused_without_a_password_and_need_it_otherwise() throws Exception {
        Optional<String> address = otherAddress();
        assumeTrue(address.isPresent(), "this machine has only the loopback address");
        bundle().with("camel.management.host", "0.0.0.0").started();

        assertThat(sentTo(address.get(), "GET /", "host: " + address.get()))
                .startsWith("HTTP/1.1 403")
                .contains("claude.console.password");

        bundle.close();
        bundle().with("camel.management.host", "0.0.0.0")
                .with("claude.console.password", PASSWORD)
                .started();
        assertThat(sentTo(address.get(), "GET /", "host: " + address.get())).startsWith("HTTP/1.1 401");
        assertThat(sentTo(address.get(), "GET /", "host: " + address.get(), basic(PASSWORD)))
                .startsWith("HTTP/1.1 200");
        String host = address.get() + ":" + bundle.management().getPort();
        assertThat(prompted(address.get(), host, "http://" + host))
                .startsWith("HTTP/1.1 400")
                .contains("invalid_request_error");
        assertThat(prompted(address.get(), host, "http://evil.example.com")).startsWith("HTTP/1.1 403");
    }

    /** Sends a prompt without a text, as a page of an origin does. */
    private String prompted(String address, String host, String origin) throws IOException {
        return sentTo(
                address,
                "POST /console/api/try",
                "host: " + host,
                "origin: " + origin,
                "sec-fetch-site: same-origin",
                "content-type: application/json",
                basic(PASSWORD),
                "content-length: 0");
    }

    @Test
    void it_can_be_switched_off() throws Exception {
        bundle().with("claude.console.enabled", "false").started();

        assertThat(sent("GET /", "host: localhost")).doesNotContain("Claude Routes");
        assertThat(bundle.get("/console/api/now").statusCode()).isEqualTo(404);
    }
}
