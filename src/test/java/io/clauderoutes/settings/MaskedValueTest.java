package io.clauderoutes.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaskedValueTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "claude.credentials.main.key",
                "claude.credentials.main.identity-token",
                "claude.console.password",
                "claude.ledger.password",
                "claude.gateway.keys.one.key",
                "claude.memory.key",
                "claude.mcp.files.env.FILES_PASS",
                "claude.mcp.files.headers.Authorization"
            })
    void a_secret_is_never_shown(String key) {
        assertThat(MaskedValue.of(key, "opensesame")).isEqualTo(MaskedValue.MASK);
        assertThat(MaskedValue.of(key, "")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://joe:hunter2@host/in?password=hunter2&delay=5s, ftp://host/in?password=(secret)&delay=5s",
        "jms:queue:a?username=joe&password=RAW(hunter2), jms:queue:a?username=joe&password=(secret)",
        "kafka:a?saslJaasConfig=x&sslKeystorePassword=hunter2, kafka:a?saslJaasConfig=x&sslKeystorePassword=(secret)",
        "claude.sources.inbox, claude.sources.inbox",
        "file:inbox?delay=250&move=.done, file:inbox?delay=250&move=.done"
    })
    void a_uri_is_shown_without_its_secrets(String uri, String shown) {
        assertThat(MaskedValue.of("claude.sources.inbox.uri", uri)).isEqualTo(shown);
    }

    @Test
    void a_route_file_keeps_its_placeholders() {
        String yaml = """
                uri: ftp
                parameters:
                  password: hunter2
                  passphrase: "{{env:PASSPHRASE}}"
                  apiKey: {{claude.x}}
                """;

        assertThat(MaskedValue.text(yaml))
                .contains("password: (secret)", "apiKey: {{claude.x}}")
                .doesNotContain("hunter2");
    }

    @Test
    void a_key_is_recognised_wherever_it_stands() {
        assertThat(MaskedValue.text("echo sk-ant-api03-abcdefghijkl | x")).isEqualTo("echo (secret) | x");
    }
}
