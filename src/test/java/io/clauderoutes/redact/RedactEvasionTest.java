package io.clauderoutes.redact;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Characters that look like others, or like nothing, hide no secret; and no other character is changed. */
class RedactEvasionTest {

    private static final RedactionPolicy ALL = new RedactionPolicy(RedactionSettings.all());

    private static final String INVISIBLE =
            "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\ufe0f\u202e\u2066\u061c\u180e\u3164\u0301\u20e3";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "４１１１１１１１１１１１１１１１",
                "4111\u20111111\u20111111\u20111111",
                "4111\u00a01111\u202f1111\u30001111",
                "4111\u22121111\u20131111\uff0d1111",
                "٤١١١١١١١١١١١١١١١",
                "\ud835\udfd2111111111111111",
                "4¹¹¹111111111111",
                "①②③④123412341234",
                "123\u201145\u20116789"
            })
    void other_digits_and_separators_hide_no_number(String number) {
        assertThat(ALL.redactor().redact("é " + number + " é")).isEqualTo("é [REDACTED] é");
    }

    @Test
    void no_invisible_character_hides_a_card() {
        INVISIBLE.codePoints().forEach(c -> {
            String hidden = "4111" + Character.toString(c) + "1111"
                    + Character.toString(c).repeat(5) + "11111111";

            assertThat(ALL.redactor().redact("(" + hidden + ")"))
                    .as("U+%04x", c)
                    .isEqualTo("([REDACTED])");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sk\u2011ant-api03-abcdefghijklmnopqrstuvwxyz",
                "s\u200bk-ant-api03-abcdefghijklm\u00adnopqrstuvwxyz",
                "ѕk-аnt-арі03-abcdefghijklmnopqrstuvwxyz",
                "ｓｋ－ａｎｔ－ａｐｉ０３－abcdefghijklmnopqrstuvwxyz",
                "\ud835\udc2c\ud835\udc24-ant-api03-abcdefghijklmnopqrstuvwxyz"
            })
    void look_alikes_hide_no_key(String key) {
        assertThat(ALL.redactor().redact(key)).isEqualTo("[KEY]");
    }

    @Test
    void a_card_between_letters_of_other_scripts_is_seen() {
        assertThat(ALL.redactor().redact("卡号4111111111111111是")).isEqualTo("卡号[REDACTED]是");
    }

    @Test
    void a_card_in_front_of_something_invisible_is_seen() {
        assertThat(ALL.redactor().redact("4111111111111111\u200babc")).isEqualTo("[REDACTED]\u200babc");
    }

    @Test
    void all_other_text_stays_as_it_was() {
        String text =
                "Ｆｕｌｌ ｗｉｄｔｈ, na\u00efve, soft\u00adhyphen, \ud83d\udc68\u200d\ud83d\udc69, ﬁne, ½, ２０２４, \u202eabc\u202c";

        assertThat(ALL.redactor().redact(text)).isEqualTo(text);
    }

    @Test
    void lone_surrogates_pass_unchanged() {
        String text = "a\ud83d b\ude00 \ude00\ud83d";

        assertThat(ALL.redactor().redact(text)).isEqualTo(text);
    }

    @Test
    void a_lone_surrogate_in_the_way_of_a_card_is_no_part_of_it() {
        assertThat(ALL.redactor().redact("\ud83d4111111111111111\ude00")).isEqualTo("\ud83d[REDACTED]\ude00");
    }
}
