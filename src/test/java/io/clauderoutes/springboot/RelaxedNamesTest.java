package io.clauderoutes.springboot;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.settings.ClaudeSettings;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelaxedNamesTest {

    private final RelaxedNames names = new RelaxedNames(ClaudeSettings.keys());

    @ParameterizedTest
    @CsvSource({
        "claude.source.max-tokens, claude.source.max-tokens",
        "claude.source.maxTokens, claude.source.max-tokens",
        "claude.source.max_tokens, claude.source.max-tokens",
        "claude.fanOut.onCallerGone, claude.fan-out.on-caller-gone",
        "claude.sinks.myReplies.uri, claude.sinks.myReplies.uri",
        "claude.sinks.my-replies.onFailure, claude.sinks.my-replies.on-failure",
        "claude.sinks[my_replies].uri, claude.sinks.my_replies.uri",
        "claude.log.levels.org.apache.camel, claude.log.levels.org.apache.camel",
        "claude.log.levels[org.apache.camel], claude.log.levels.org.apache.camel",
        "claude.source.maxTokenz, claude.source.maxTokenz",
        "claude.nothing, claude.nothing",
    })
    void a_name_is_that_of_the_setting(String written, String setting) {
        assertThat(names.setting(written)).isEqualTo(setting);
    }
}
