package io.clauderoutes.redact;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.message.StreamEvent.BlockStart;
import io.clauderoutes.message.StreamEvent.BlockStop;
import io.clauderoutes.message.StreamEvent.InputJsonDelta;
import io.clauderoutes.message.StreamEvent.OtherDelta;
import io.clauderoutes.message.StreamEvent.Ping;
import io.clauderoutes.message.StreamEvent.TextDelta;
import io.clauderoutes.stream.ReplyStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No event of a redacted stream overtakes another, whatever the events are and wherever the text is cut. */
class RedactOrderTest {

    private static final RedactionPolicy POLICY = new RedactionPolicy(RedactionSettings.all());
    private static final int STREAMS = 300;

    private final MessageJson json = new MessageJson();

    private List<StreamEvent> redacted(List<StreamEvent> events) {
        List<StreamEvent> out = new ArrayList<>();
        new RedactedStream(
                        ReplyStream.of(events), new RedactionRules(POLICY, false, false), json, RedactionListener.NONE)
                .forEachRemaining(out::add);
        return out;
    }

    private OtherDelta citation(int block, int number) {
        return new OtherDelta(
                block,
                json.newObject()
                        .put("type", "citations_delta")
                        .set(
                                "citation",
                                json.newObject().put("type", "char_location").put("end_char_index", number)),
                Optional.empty());
    }

    private static TextDelta text(int block, String text) {
        return new TextDelta(block, text, Optional.empty());
    }

    @Test
    void a_citation_stays_behind_the_text_that_it_came_behind() {
        List<StreamEvent> out = redacted(List.of(
                text(0, "So deep"),
                citation(0, 1),
                text(0, " and 4111-"),
                citation(0, 2),
                text(0, "1111-1111-1111 paid")));

        assertThat(out)
                .containsExactly(
                        text(0, "So deep"),
                        citation(0, 1),
                        text(0, " and [REDACTED]"),
                        citation(0, 2),
                        text(0, " paid"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void all_events_leave_in_their_order_and_no_text_leaves_its_place(int seed) {
        Random random = new Random(seed);
        List<String> texts = RedactStreamTest.texts(seed);
        for (int i = 0; i < STREAMS; i++) {
            List<StreamEvent> events = new ArrayList<>();
            StringBuilder[] said = {new StringBuilder(), new StringBuilder()};
            for (int block = 0; block < said.length; block++) {
                events.add(new BlockStart(
                        block, json.newObject().put("type", "text").put("text", ""), Optional.empty()));
            }
            int number = 0;
            for (String piece : RedactStreamTest.pieces(
                    texts.get(random.nextInt(texts.size())), RedactStreamTest.randomCuts("x".repeat(400), random))) {
                int block = random.nextInt(said.length);
                events.add(text(block, piece));
                said[block].append(piece);
                switch (random.nextInt(4)) {
                    case 0 -> events.add(citation(block, number++));
                    case 1 -> events.add(new Ping(Optional.empty()));
                    case 2 -> events.add(new InputJsonDelta(2, "[" + number++ + "]", Optional.empty()));
                    default -> {
                        // nothing comes between
                    }
                }
            }
            events.add(new BlockStop(0, Optional.empty()));
            events.add(new BlockStop(1, Optional.empty()));

            List<StreamEvent> out = redacted(events);

            assertThat(others(out)).isEqualTo(others(events));
            for (int block = 0; block < said.length; block++) {
                assertThat(said(out, block)).isEqualTo(POLICY.redactor().redact(said[block].toString()));
            }
            placed(events, out);
        }
    }

    private static List<StreamEvent> others(List<StreamEvent> events) {
        return events.stream().filter(event -> !(event instanceof TextDelta)).toList();
    }

    private static String said(List<StreamEvent> events, int block) {
        StringBuilder said = new StringBuilder();
        for (StreamEvent event : events) {
            if (event instanceof TextDelta delta && delta.index() == block) {
                said.append(delta.text());
            }
        }
        return said.toString();
    }

    /** Before each other event stands what the text before it becomes, up to where a match crosses it. */
    private static void placed(List<StreamEvent> came, List<StreamEvent> left) {
        List<List<StreamEvent>> before = prefixes(came);
        List<List<StreamEvent>> after = prefixes(left);
        assertThat(after).hasSameSizeAs(before);
        for (int i = 0; i < before.size(); i++) {
            for (int block = 0; block < 2; block++) {
                String all = said(came, block);
                int cut = said(before.get(i), block).length();
                assertThat(said(after.get(i), block)).isEqualTo(upTo(all, cut));
            }
        }
    }

    private static List<List<StreamEvent>> prefixes(List<StreamEvent> events) {
        List<List<StreamEvent>> prefixes = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            if (!(events.get(i) instanceof TextDelta)) {
                prefixes.add(events.subList(0, i));
            }
        }
        return prefixes;
    }

    /** What the first characters of a text become: a match counts where it begins. */
    private static String upTo(String text, int cut) {
        StringBuilder out = new StringBuilder();
        RedactedText first = new RedactedText() {
            private int at;

            @Override
            public void keep(char[] kept, int from, int to) {
                int most = Math.max(0, Math.min(to - from, cut - at));
                out.append(kept, from, most);
                at += to - from;
            }

            @Override
            public void replace(int length, String by) {
                if (at < cut) {
                    out.append(by);
                }
                at += length;
            }
        };
        TextRedactor redactor = POLICY.redactor();
        redactor.append(text, first);
        redactor.flush(first);
        return out.toString();
    }
}
