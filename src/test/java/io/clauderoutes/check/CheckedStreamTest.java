package io.clauderoutes.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.Usage;
import io.clauderoutes.check.json.SchemaCheck;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.settings.CheckSettings;
import io.clauderoutes.settings.CheckSettings.Mode;
import io.clauderoutes.stream.ReplyStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Checks of random texts that are cut at random places. */
class CheckedStreamTest {

    private static final int TEXTS = 4_000;
    private static final int SPLITS = 9;
    private static final List<String> WORDS = List.of(
            "a", "b", "secret", "sec", "ret", " ", " ", ". ", "!\n", "é", "日本。", "🙂", "{", "}", "\"", "[1,", "\"k\":",
            "12", "]", ",");

    private final Random random = new Random(3);
    private final MessageJson json = new MessageJson();

    private final List<ReplyCheck> checks = List.of(
            new LengthCheck(new CheckSettings.Length(0, 10)),
            new LengthCheck(new CheckSettings.Length(5, 0)),
            new LengthCheck(new CheckSettings.Length(3, 12)),
            pattern(null, "secret"),
            pattern(null, "\\bse?c\\b|b$"),
            pattern("secret", null),
            pattern("a.*b", "\\p{Lu}|[0-9]{2}"),
            new SchemaTextCheck(SchemaCheck.of("{\"type\":[\"object\",\"array\",\"string\"]}")),
            new SchemaTextCheck(SchemaCheck.of("{\"items\":{\"maximum\":11}}")));

    private static ReplyCheck pattern(String required, String forbidden) {
        return new PatternCheck(
                new CheckSettings.Patterns(Optional.ofNullable(required), Optional.ofNullable(forbidden)));
    }

    /**
     * What became of a reply.
     *
     * @param text that was handed on
     * @param failure why it fails; empty if it passes
     */
    private record Outcome(String text, String failure, boolean passed) {}

    private Outcome outcome(ReplyCheck check, Mode mode, List<String> pieces) {
        List<StreamEvent> events = new ArrayList<>();
        events.add(new StreamEvent.MessageStart(json.newObject(), Usage.UNKNOWN, Optional.empty()));
        events.add(new StreamEvent.BlockStart(0, json.newObject().put("type", "text"), Optional.empty()));
        pieces.forEach(piece -> events.add(new StreamEvent.TextDelta(0, piece, Optional.empty())));
        events.add(new StreamEvent.BlockStop(0, Optional.empty()));
        events.add(new StreamEvent.MessageDelta(
                json.newObject().put("stop_reason", "end_turn"), json.newObject(), Usage.UNKNOWN, Optional.empty()));
        events.add(new StreamEvent.MessageStop(Optional.empty()));
        boolean[] passed = {false};
        StringBuilder text = new StringBuilder();
        try (ReplyStream checked = new CheckedStream(
                ReplyStream.of(events),
                check.begin(new CheckedRequest("test", null, mode == Mode.WHOLE, false)),
                mode,
                new CheckedStream.Outcome() {
                    @Override
                    public void passed() {
                        passed[0] = true;
                    }

                    @Override
                    public void stopped(long characters) {
                        assertThat(characters).isGreaterThanOrEqualTo(text.length());
                    }

                    @Override
                    public ClaudeException failed(String reason, String handedOn, String held) {
                        assertThat(handedOn).isEqualTo(text.toString());
                        return new ClaudeException.CheckFailed(
                                ApiError.ours(422, "check_failed", reason),
                                "test",
                                reason,
                                new ClaudeException.CheckedText(handedOn, held));
                    }
                })) {
            while (checked.hasNext()) {
                String added = checked.next().addedText();
                assertThat(added.isEmpty() || !Character.isHighSurrogate(added.charAt(added.length() - 1)))
                        .isTrue();
                text.append(added);
            }
            return new Outcome(text.toString(), "", passed[0]);
        } catch (ClaudeException.CheckFailed failed) {
            return new Outcome(text.toString(), failed.reason(), passed[0]);
        }
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(9); i > 0; i--) {
            text.append(WORDS.get(random.nextInt(WORDS.size())));
        }
        return text.toString();
    }

    private List<String> cut(String text) {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int to = Math.min(text.length(), from + 1 + random.nextInt(6));
            if (Character.isHighSurrogate(text.charAt(to - 1))) {
                to++;
            }
            pieces.add(text.substring(from, to));
            from = to;
        }
        return pieces;
    }

    @Test
    void the_verdict_and_the_text_that_is_handed_on_do_not_depend_on_the_cuts() {
        int failed = 0;
        for (int i = 0; i < TEXTS; i++) {
            String text = text();
            ReplyCheck check = checks.get(i % checks.size());
            for (Mode mode : Mode.values()) {
                Outcome whole = outcome(check, mode, text.isEmpty() ? List.of() : List.of(text));
                failed += whole.failure().isEmpty() ? 0 : 1;
                assertThat(whole.passed()).isEqualTo(whole.failure().isEmpty());
                assertThat(text).startsWith(whole.text());
                if (whole.passed()) {
                    assertThat(whole.text()).isEqualTo(text);
                } else if (mode == Mode.WHOLE) {
                    assertThat(whole.text()).isEmpty();
                }
                for (int j = 0; j < SPLITS; j++) {
                    assertThat(outcome(check, mode, cut(text)))
                            .as("%s in mode %s", text, mode)
                            .isEqualTo(whole);
                }
            }
        }

        assertThat(failed).isBetween(TEXTS / 2, TEXTS * 2);
    }

    @Test
    void what_is_held_is_not_handed_on_when_the_reply_fails() {
        assertThat(outcome(pattern(null, "secret"), Mode.HOLD, List.of("It is a se", "cre", "t.")))
                .isEqualTo(new Outcome("It is a ", "it holds what forbidden-pattern describes", false));
        assertThat(outcome(pattern(null, "secret"), Mode.STOP, List.of("It is a se", "cre", "t."))
                        .text())
                .isEqualTo("It is a secre");
        assertThat(outcome(pattern("42", null), Mode.HOLD, List.of("It is ", "41."))
                        .text())
                .isEmpty();
    }
}
