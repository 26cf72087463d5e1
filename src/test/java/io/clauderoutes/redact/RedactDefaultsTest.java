package io.clauderoutes.redact;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Text of everyday work that stays as it is with the kinds that are on by default. */
class RedactDefaultsTest {

    private static final RedactionPolicy DEFAULTS =
            new RedactionPolicy(RedactionSettings.only(Kind.CARD, Kind.SSN, Kind.IBAN, Kind.KEY));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "zip 10001-1234",
                "uuid 47223179-9330-4259-b66c-f2db26efb20c",
                "0.123456789",
                "seed=0.4111111111111111",
                "echo 65465-6544 | bc",
                "git clone git@github.com:org/repo.git",
                "icon@2x.png",
                "psql postgres://user:pass@host.example.com/db",
                "call +1 (415) 555-0132",
                "commit 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
                "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "mac 00-11-22-33-44-55",
                "2024-01-02T10:30:00.123456789Z",
                "version 1.123456789.2",
                "1024, 2048, 4096, 8192",
                "id 1a2b3c4d5e6f70819293a4b5",
                "span 00-0af7651916cd43dd8448eb211c80319c-1234567890123456-01",
                "color #123456",
                "phone 415-555-0132"
            })
    void stays(String text) {
        assertThat(DEFAULTS.redactor().redact(text)).isSameAs(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Invoice 100234567 paid", "epoch us 1704067200000000", "4111 1111 1111 1111", "123-45-6789"})
    void is_replaced_by_the_plain_patterns(String text) {
        assertThat(DEFAULTS.redactor().redact(text)).contains("[REDACTED]");
    }
}
