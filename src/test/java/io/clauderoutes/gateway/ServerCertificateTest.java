package io.clauderoutes.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.settings.SettingsException;
import io.clauderoutes.support.FreePort;
import io.clauderoutes.support.SelfSigned;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.camel.main.Main;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS at the HTTP door, by two PEM files. */
@Timeout(120)
class ServerCertificateTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC"})
    void the_door_speaks_tls_with_it(String algorithm) throws Exception {
        SelfSigned its = SelfSigned.in(folder, algorithm);
        int port = FreePort.next();
        Main main = new Main();
        main.configure().withBasePackageScanEnabled(false);
        main.setPropertyPlaceholderLocations("false");
        main.addInitialProperty("camel.server.enabled", "true");
        main.addInitialProperty("claude.gateway.enabled", "true");
        main.addInitialProperty("camel.server.host", "127.0.0.1");
        main.addInitialProperty("camel.server.port", Integer.toString(port));
        main.addInitialProperty("claude.routes", "");
        main.addInitialProperty("claude.data", folder.resolve("data").toString());
        main.addInitialProperty("claude.gateway.certificate", its.certificate().toString());
        main.addInitialProperty("claude.gateway.private-key", its.privateKey().toString());
        try {
            main.start();
            HttpResponse<String> response = HttpClient.newBuilder()
                    .sslContext(its.client())
                    .build()
                    .send(
                            HttpRequest.newBuilder(URI.create("https://localhost:" + port + "/api/hello"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.sslSession()).isPresent();
        } finally {
            main.stop();
        }
    }

    @Test
    void a_key_of_another_certificate_is_refused_by_name() throws Exception {
        Path one = SelfSigned.in(folder, "EC").certificate();
        Path other = SelfSigned.in(Files.createDirectory(folder.resolve("other")), "EC")
                .privateKey();

        assertThatThrownBy(() -> ServerCertificate.of(one, other))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("claude.gateway.private-key=" + other)
                .hasMessageContaining("not the key of the first certificate");
    }

    @Test
    void what_is_no_pem_is_refused_by_name() throws Exception {
        Path junk = Files.writeString(folder.resolve("junk"), "junk");
        SelfSigned its = SelfSigned.in(folder, "EC");

        assertThatThrownBy(() -> ServerCertificate.of(junk, its.privateKey()))
                .hasMessageContaining("claude.gateway.certificate=" + junk)
                .hasMessageContaining("BEGIN CERTIFICATE");
        assertThatThrownBy(() -> ServerCertificate.of(its.certificate(), junk))
                .hasMessageContaining("claude.gateway.private-key=" + junk)
                .hasMessageContaining("BEGIN PRIVATE KEY");
    }

    @Test
    void a_file_that_is_not_there_is_named() {
        Path missing = folder.resolve("missing.pem");

        assertThatThrownBy(() -> ServerCertificate.of(missing, missing))
                .hasMessageContaining("claude.gateway.certificate=" + missing + ": the file cannot be read");
    }
}
