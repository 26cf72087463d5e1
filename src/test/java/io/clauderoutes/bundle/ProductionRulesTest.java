package io.clauderoutes.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.settings.ClaudeSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code camel.main.profile=prod} refuses, each with the setting to change. */
class ProductionRulesTest {

    @TempDir
    private Path folder;

    private final Map<String, String> values = new HashMap<>();
    private ClaudeSettings settings;

    @BeforeEach
    void packaged() throws IOException {
        Properties packaged = new Properties();
        try (InputStream in = Files.newInputStream(Path.of("application.properties"))) {
            packaged.load(in);
        }
        for (String key : packaged.stringPropertyNames()) {
            if (key.startsWith("claude.")) {
                values.put(key, packaged.getProperty(key));
            }
        }
        values.put("claude.credentials.main.key", "sk-ant-test");
        values.put("claude.credentials.main.key-file", "the-key");
        settings = ClaudeSettings.of(values);
    }

    private void check(boolean simulated, boolean managedOpenly) {
        new ProductionRules(folder).check(settings, simulated, managedOpenly);
    }

    private void properties(String line, String rights) throws IOException {
        Path file = Files.writeString(folder.resolve("application.properties"), line);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(rights));
    }

    @Test
    void nothing_is_refused_where_all_is_well() {
        assertThatCode(() -> check(false, false)).doesNotThrowAnyException();
    }

    @Test
    void made_up_answers_are_refused() {
        assertThatThrownBy(() -> check(true, false)).hasMessageContaining("ANTHROPIC_API_KEY");
    }

    @Test
    void a_management_server_open_to_others_is_refused() {
        assertThatThrownBy(() -> check(false, true)).hasMessageContaining("camel.management.host");
    }

    @Test
    void a_routes_folder_that_everybody_may_write_into_is_refused() throws IOException {
        Path routes = Files.createDirectory(folder.resolve("routes"));
        Files.setPosixFilePermissions(routes, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatThrownBy(() -> check(false, false)).hasMessageContaining("claude.routes=routes");
    }

    @Test
    void a_key_in_a_file_that_everybody_may_read_is_refused_and_not_shown() throws IOException {
        properties("claude.credentials.main.key = sk-ant-plain", "rw-r--r--");

        assertThatThrownBy(() -> check(false, false))
                .hasMessageContaining("claude.credentials.main.key stands in plain text")
                .hasMessageNotContaining("sk-ant-plain");
    }

    @Test
    void a_password_of_the_ledger_in_a_file_that_everybody_may_read_is_refused_and_not_shown() throws IOException {
        properties("claude.ledger.password = pg-plain", "rw-r--r--");

        assertThatThrownBy(() -> check(false, false))
                .hasMessageContaining("claude.ledger.password stands in plain text")
                .hasMessageNotContaining("pg-plain");
    }

    @Test
    void a_key_file_that_everybody_may_read_is_refused() throws IOException {
        Path file = Files.writeString(folder.resolve("the-key"), "sk-ant-plain");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        assertThatThrownBy(() -> check(false, false))
                .hasMessageContaining("claude.credentials.main.key-file=the-key")
                .hasMessageNotContaining("sk-ant-plain");
    }

    @Test
    void an_identity_token_in_a_file_that_everybody_may_read_is_refused_and_not_shown() throws IOException {
        properties("claude.credentials.main.identity-token = eyJplain", "rw-r--r--");

        assertThatThrownBy(() -> check(false, false))
                .hasMessageContaining("claude.credentials.main.identity-token stands in plain text")
                .hasMessageNotContaining("eyJplain");
    }

    @Test
    void a_key_of_a_client_in_a_file_that_everybody_may_read_is_refused_and_not_shown() throws IOException {
        properties("claude.gateway.keys.acme.key = acme-plain", "rw-r--r--");

        assertThatThrownBy(() -> check(false, false))
                .hasMessageContaining("claude.gateway.keys.acme.key stands in plain text")
                .hasMessageNotContaining("acme-plain");
    }

    @Test
    void a_private_key_that_everybody_may_read_is_refused() throws IOException {
        Path file = Files.writeString(folder.resolve("tls.pem"), "key");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        values.put("claude.gateway.certificate", "chain.pem");
        values.put("claude.gateway.private-key", "tls.pem");
        settings = ClaudeSettings.of(values);

        assertThatThrownBy(() -> check(false, false)).hasMessageContaining("claude.gateway.private-key=tls.pem");
    }

    @Test
    void a_data_folder_that_others_may_enter_is_refused() throws IOException {
        Path data = Files.createDirectory(folder.resolve("data"));
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));

        assertThatThrownBy(() -> check(false, false)).hasMessageContaining("claude.data=data");
    }

    @Test
    void reloaded_route_files_are_reported() throws IOException {
        Files.createDirectory(folder.resolve("routes"));

        assertThat(new ProductionRules(folder).remarks(settings))
                .singleElement()
                .asString()
                .contains("claude.routes-reload.enabled=true");
        values.put("claude.routes-reload.enabled", "false");
        assertThat(new ProductionRules(folder).remarks(ClaudeSettings.of(values)))
                .isEmpty();
    }

    @Test
    void a_key_in_a_file_of_ones_own_is_fine() throws IOException {
        properties("claude.credentials.main.key = sk-ant-plain", "rw-------");

        assertThatCode(() -> check(false, false)).doesNotThrowAnyException();
    }

    @Test
    void a_key_that_stands_in_the_environment_is_fine() throws IOException {
        properties("claude.credentials.main.key = {{env:ANTHROPIC_API_KEY:}}", "rw-r--r--");

        assertThatCode(() -> check(false, false)).doesNotThrowAnyException();
    }
}
