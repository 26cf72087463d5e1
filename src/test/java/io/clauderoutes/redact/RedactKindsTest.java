package io.clauderoutes.redact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each built-in kind takes for its own, and what it leaves. */
class RedactKindsTest {

    private static final RedactionPolicy ALL = new RedactionPolicy(RedactionSettings.all());
    private static final RedactionPolicy VALIDATED = new RedactionPolicy(RedactionSettings.all()
            .with(Kind.CARD, new KindSettings(true, true, "[REDACTED]"))
            .with(Kind.SSN, new KindSettings(true, true, "[REDACTED]")));

    private static String redact(String text) {
        return ALL.redactor().redact(text);
    }

    @Nested
    class Card {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "4111111111111111",
                    "4111-1111-1111-1111",
                    "4111 1111 1111 1111",
                    "1234-5678-9012-3456",
                    "1234567890123456",
                    "0000 0000 0000 0000",
                    "371449635398431",
                    "3714 496353 98431",
                    "30569309025904",
                    "4222222222222",
                    "4012.8888.8888.1881",
                    "6304000000000000000",
                    "4111-1111 1111-1111",
                    "4111  1111  1111  1111",
                    "4111\t1111\t1111\t1111",
                    "4111\n1111\n1111\n1111",
                    "4111\r\n1111 1111 1111",
                    "4111 - 1111 - 1111 - 1111",
                    "4111_1111_1111_1111",
                    "4111/1111/1111/1111",
                    "4111, 1111, 1111, 1111",
                    "4111|1111|1111|1111",
                    "4111 | 1111 | 1111 | 1111",
                    "4111**1111**1111**1111",
                    "4111** **1111** **1111** **1111",
                    "4111&nbsp;1111&nbsp;1111&nbsp;1111",
                    "4111\\n1111\\n1111\\n1111",
                    "3714  496353  98431"
                })
        void is_replaced(String card) {
            assertThat(redact("My card: " + card + ", ok?")).isEqualTo("My card: [REDACTED], ok?");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "371449635398432",
                    "1748503543012",
                    "1700000000000",
                    "411111111111111111111",
                    "x4111111111111112",
                    "4111111111111112x",
                    "_4111111111111112",
                    "4111  1111 1111 1112",
                    "12345678-9012 3456",
                    "1024, 2048, 4096, 8192",
                    "0.4111111111111111",
                    "4111111111111111.5",
                    "v1.4111111111111111",
                    "a4111111111111111b",
                    "deadbeef4111111111111111cafe",
                    "0x4111111111111111",
                    "47223179-9330-4259-b66c-f2db26efb20c",
                    "41111111-1111-1111-1111-111111111111",
                    "00-0af7651916cd43dd8448eb211c80319c-4111111111111111-01",
                    "x411111111111111111111"
                })
        void is_not_seen_in(String text) {
            assertThat(redact(text)).isEqualTo(text);
        }

        @ParameterizedTest
        @CsvSource({
            "card4111111111111111, card[REDACTED]",
            "4111111111111111x, [REDACTED]x",
            "abc4111111111111111, abc[REDACTED]",
            "4111111111111111abc, [REDACTED]abc",
            "x4111 1111 1111 1111y, x[REDACTED]y",
            "_4111111111111111_, _[REDACTED]_",
            "No.1.4111-1111-1111-1111, No.1.[REDACTED]",
            "1.4111 1111 1111 1111, 1.[REDACTED]"
        })
        void that_its_check_digit_proves_is_seen_beside_other_text(String text, String redacted) {
            assertThat(redact(text)).isEqualTo(redacted);
        }

        @Test
        void begins_after_an_escaped_line_break() {
            assertThat(redact("a\\n4111111111111111\\nb")).isEqualTo("a\\n[REDACTED]\\nb");
        }

        @Test
        void needs_its_check_digit_when_validated() {
            assertThat(VALIDATED.redactor().redact("4111111111111111 4111111111111112"))
                    .isEqualTo("[REDACTED] 4111111111111112");
        }

        @Test
        void that_is_refused_does_not_hide_one_that_begins_within_it() {
            assertThat(VALIDATED.redactor().redact("1112 4111 1111 1111 1111")).isEqualTo("1112 [REDACTED]");
        }
    }

    @Nested
    class Ssn {

        @ParameterizedTest
        @ValueSource(strings = {"123-45-6789", "123 45 6789", "123456789", "000-00-0000", "078.05.1123"})
        void is_replaced(String ssn) {
            assertThat(redact("SSN " + ssn + ".")).isEqualTo("SSN [REDACTED].");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "1234-56-7890",
                    "12-345-6789",
                    "123-45-67890",
                    "a123456789",
                    "693-09.4444",
                    "666.12.3456",
                    "zip 10001-1234",
                    "65465-6544",
                    "123-456789",
                    "123-45 6789",
                    "0.123456789",
                    "123456789.25",
                    "1.5e123456789",
                    ".123456789",
                    "0x123456789",
                    "123456789a"
                })
        void is_not_seen_in(String text) {
            assertThat(redact(text)).isEqualTo(text);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "000-12-3456",
                    "666-12-3456",
                    "900-12-3456",
                    "123-00-3456",
                    "123-45-0000",
                    "078-05-1120",
                    "987-65-4321",
                    "111-11-1111"
                })
        void that_was_never_issued_stays_when_validated(String ssn) {
            assertThat(VALIDATED.redactor().redact(ssn)).isEqualTo(ssn);
        }

        @ParameterizedTest
        @ValueSource(strings = {"536-90-4399", "536904399", "912-70-1234"})
        void that_may_be_issued_is_replaced_when_validated(String ssn) {
            assertThat(VALIDATED.redactor().redact(ssn)).isEqualTo("[REDACTED]");
        }
    }

    @Nested
    class Iban {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "DE89370400440532013000",
                    "DE89 3704 0044 0532 0130 00",
                    "de89 3704 0044 0532 0130 00",
                    "NO93 8601 1117 947",
                    "MT84MALT011000012345MTLCAST001S",
                    "AL47-2121-1009-0000-0002-3569-8741"
                })
        void is_replaced(String iban) {
            assertThat(redact("to " + iban + " and more")).isEqualTo("to [IBAN] and more");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "DE88370400440532013000",
                    "DE8937040044053201300",
                    "DE893704004405320130000",
                    "ZZ89370400440532013000"
                })
        void is_not_seen_in(String text) {
            assertThat(redact(text)).isEqualTo(text);
        }
    }

    @Nested
    class Email {

        @ParameterizedTest
        @CsvSource({
            "write to jane@example.com., write to [EMAIL].",
            "<jane.doe+x@mail.example.co.uk>, <[EMAIL]>",
            "name=o'brien@example.org&x=1, name=[EMAIL]&x=1",
            "......john@example.com, ......[EMAIL]",
            "jörg@bücher.example, [EMAIL]",
            "user@xn--80ak6aa92e.com, [EMAIL]",
            "a@xn--d1acufc.xn--p1ai, [EMAIL]",
            "请联系john@example.com吧, 请联系[EMAIL]吧",
        })
        void is_replaced(String text, String redacted) {
            assertThat(redact(text)).isEqualTo(redacted);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"info@example.", "@jane said", "5 @ 3 dollars", "lodash@4.17.21", "a@b", "user@@example.com"
                })
        void is_not_seen_in(String text) {
            assertThat(redact(text)).isEqualTo(text);
        }
    }

    @Nested
    class Phone {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "+1 (415) 555-0132",
                    "+14155550132",
                    "415-555-0132",
                    "(415) 555-0132",
                    "1-800-555-0199",
                    "415.555.0132",
                    "+44 20 7946 0958",
                    "+44 (0)20 7946 0958",
                    "+49 30 1234567",
                    "+33 1 42 68 53 00",
                    "01 42 68 53 00",
                    "0171/1234567",
                    "(030) 1234567",
                    "0049 30 1234567",
                    "090-1234-5678",
                    "+55 11 98456 5666"
                })
        void is_replaced(String phone) {
            assertThat(redact("Call " + phone + " now")).isEqualTo("Call [PHONE] now");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "2024-01-02",
                    "01-02-2024",
                    "01/02/2024 10:30",
                    "192.168.100.200",
                    "10.0.0.1:8080",
                    "order 1234567890",
                    "order 4155550132",
                    "ISBN 978-3-16-148410-0",
                    "112-4567890-1234567",
                    "+12.345.678 EUR",
                    "3.14159265358979",
                    "version 1.22.333.4444",
                    "1 234 567 890",
                    "550e8400-e29b-41d4-a716-446655440000"
                })
        void is_not_seen_in(String text) {
            assertThat(redact(text)).isEqualTo(text);
        }
    }

    @Nested
    class Key {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "sk-ant-api03-abcdefghijklmnopqrstuvwxyz-ABC_123",
                    "sk-ant-oat01-abcdefghijklmnopqrst",
                    "sk-abcdefghijklmnopqrstuvwxyz",
                    "sk-proj-ab_cd-efghijklmnopqrstuvw",
                    "AKIAIOSFODNN7EXAMPLE",
                    "ASIAIOSFODNN7EXAMPLE",
                    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
                    "github_pat_11AAAAAAA0abcdefghijkl_abcdefghijklmnopqrstuvwxyz",
                    "xoxb-781236542736-2364535789652-GkwFDQoHqzXDVsC6GzqYUypD",
                    "AIzaSyA0123456789abcdefghijklmnopqrstuv",
                    "rk_live_0123456789abcdef",
                    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
                    "Bearer abcdefghijklmnop0123456789",
                    "-----BEGIN RSA PRIVATE KEY-----\nMIIEpQIBAAKCAQEAn6/O8li+SX4m98LL\nyxR5MsXF\n-----END RSA PRIVATE KEY-----"
                })
        void is_replaced(String key) {
            assertThat(redact("key=" + key + ", ok")).isEqualTo("key=[KEY], ok");
        }

        @Test
        void of_any_length_goes_as_a_whole() {
            assertThat(redact("sk-ant-api03-" + "a".repeat(5000) + ".")).isEqualTo("[KEY].");
        }

        @Test
        void goes_with_its_body_however_many_lines_it_has() {
            String body = "MIIEpQIBAAKCAQEAn6/O8li+SX4m98LLYt/PKSzEmQ++ZBD7Loh9P13f4yQ92EF3\n".repeat(40);

            assertThat(redact("-----BEGIN PRIVATE KEY-----\n" + body + "short+/=\n-----END PRIVATE KEY-----\nbye"))
                    .isEqualTo("[KEY]\nbye");
        }

        @Test
        void leaves_the_prose_after_a_header_without_a_body() {
            assertThat(redact("-----BEGIN PRIVATE KEY----- is how it begins.")).isEqualTo("[KEY] is how it begins.");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "sk-fading-circle-wrapper-element",
                    "task-oriented-programming-languages",
                    "task-ant-colony-optimization-problems",
                    "the bearer internationalizationalism",
                    "TODAYINASIAASACKOFRICEFELLOVER",
                    "ghp_tooshort",
                    "eyJ.eyJ.eyJ"
                })
        void is_not_seen_in(String text) {
            assertThat(redact(text)).isEqualTo(text);
        }
    }

    @Nested
    class When_two_could_match {

        @Test
        void the_longest_of_those_that_begin_together_wins() {
            assertThat(redact("4111111111111111@example.com")).isEqualTo("[EMAIL]");
        }

        @Test
        void the_earlier_wins() {
            assertThat(redact("x-4111111111111111@example.com")).isEqualTo("[EMAIL]");
        }

        @Test
        void one_that_comes_to_nothing_gives_way_to_one_within() {
            assertThat(redact("x-4111111111111111@nowhere")).isEqualTo("x-[REDACTED]@nowhere");
        }
    }

    @Test
    void each_replacement_is_told_by_its_kind() {
        List<String> heard = new ArrayList<>();

        ALL.redactor(heard::add).redact("4111111111111111, a@b.com, +44 20 7946 0958");

        assertThat(heard).containsExactly("card", "email", "phone");
    }

    @Test
    void nothing_is_left_that_the_plain_patterns_of_card_and_ssn_match() {
        Pattern plain =
                Pattern.compile("\\b\\d{4}([- ]?)\\d{4}\\1\\d{4}\\1\\d{4}\\b|\\b\\d{3}([- ]?)\\d{2}\\2\\d{4}\\b");
        Random random = new Random(11);
        String[] parts = {"1", "22", "333", "4444", "4444", "55555", " ", "-", " ", "-", "a", ",", "4444-4444-4444-4444"
        };

        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(20); j >= 0; j--) {
                text.append(parts[random.nextInt(parts.length)]);
            }

            String redacted = redact(text.toString());

            assertThat(plain.matcher(redacted).find())
                    .as("%s -> %s", text, redacted)
                    .isFalse();
        }
    }
}
