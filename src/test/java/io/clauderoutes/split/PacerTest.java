package io.clauderoutes.split;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The pacer on a clock that the test moves. */
class PacerTest {

    private static final long MILLI = 1_000_000;

    /** Text and the time at which it came or was sent, in milliseconds. */
    private record At(String text, long millis) {}

    private static List<At> paced(List<At> arrivals) {
        Pacer pacer = new Pacer();
        List<At> sent = new ArrayList<>();
        long end = arrivals.get(arrivals.size() - 1).millis();
        int next = 0;
        for (long nanos = 0; nanos <= end * MILLI; ) {
            long now = nanos;
            while (next < arrivals.size() && arrivals.get(next).millis() * MILLI <= now) {
                pacer.add(arrivals.get(next++).text(), now);
            }
            pacer.release(now).ifPresent(chunk -> sent.add(new At(chunk, now / MILLI)));
            long wait = pacer.nanosToNext(now);
            long arrival = next < arrivals.size() ? arrivals.get(next).millis() * MILLI : end * MILLI + 1;
            nanos = Math.max(now + 1, Math.min(wait == Long.MAX_VALUE ? arrival : now + wait, arrival));
        }
        pacer.flush(end * MILLI).ifPresent(chunk -> sent.add(new At(chunk, end)));
        return sent;
    }

    private static String text(List<At> chunks) {
        StringBuilder text = new StringBuilder();
        chunks.forEach(chunk -> text.append(chunk.text()));
        return text.toString();
    }

    /** How long the character waits that waits longest. */
    private static long longestWait(List<At> arrivals, List<At> sent) {
        long longest = 0;
        int chunk = 0;
        int used = 0;
        for (At arrival : arrivals) {
            for (int i = 0; i < arrival.text().length(); i++) {
                while (used == sent.get(chunk).text().length()) {
                    chunk++;
                    used = 0;
                }
                used++;
                longest = Math.max(longest, sent.get(chunk).millis() - arrival.millis());
            }
        }
        return longest;
    }

    /** Standard deviation of the gaps between texts, as a share of their mean. */
    private static double variation(List<At> chunks) {
        double[] gaps = new double[chunks.size() - 1];
        double mean = 0;
        for (int i = 0; i < gaps.length; i++) {
            gaps[i] = chunks.get(i + 1).millis() - chunks.get(i).millis();
            mean += gaps[i] / gaps.length;
        }
        double variance = 0;
        for (double gap : gaps) {
            variance += (gap - mean) * (gap - mean) / gaps.length;
        }
        return Math.sqrt(variance) / mean;
    }

    private static List<At> bursts(Random random, int bursts, int pauseMillis) {
        List<At> arrivals = new ArrayList<>();
        long millis = 5;
        for (int i = 0; i < bursts; i++) {
            int deltas = 3 + random.nextInt(20);
            for (int j = 0; j < deltas; j++) {
                arrivals.add(new At("word ".substring(0, 2 + random.nextInt(4)), millis));
                millis += random.nextInt(2);
            }
            millis += pauseMillis / 2 + random.nextInt(pauseMillis);
        }
        return arrivals;
    }

    @Test
    void the_first_text_is_sent_at_once() {
        List<At> sent = paced(List.of(new At("A first text of some length", 40), new At(" and more", 90)));

        assertThat(sent.get(0)).isEqualTo(new At("A first text of some length", 40));
    }

    @Test
    void the_gaps_of_a_stream_in_bursts_vary_half_as_much() {
        for (int pause : new int[] {150, 300, 600, 1200}) {
            List<At> arrivals = bursts(new Random(pause), 30, pause);

            assertThat(variation(paced(arrivals))).as("pauses of %s ms", pause).isLessThan(variation(arrivals) / 2);
        }
    }

    @Test
    void no_text_waits_longer_than_the_bound_and_none_is_lost_or_changed() {
        Random random = new Random(2);
        for (int i = 0; i < 2_000; i++) {
            List<At> arrivals = new ArrayList<>();
            long millis = 0;
            int deltas = 1 + random.nextInt(60);
            int pause = 1 + random.nextInt(400);
            for (int j = 0; j < deltas; j++) {
                arrivals.add(new At(GraphemesTest.text(random, 1 + random.nextInt(6)), millis));
                millis += random.nextInt(4) == 0 ? random.nextInt(pause) : random.nextInt(3);
            }

            List<At> sent = paced(arrivals);

            assertThat(text(sent)).isEqualTo(text(arrivals));
            assertThat(longestWait(arrivals, sent)).isLessThanOrEqualTo(Pacer.LONGEST_WAIT / MILLI);
        }
    }

    @Test
    void a_steady_stream_is_not_slowed() {
        List<At> arrivals = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            arrivals.add(new At("word", 12L * i));
        }

        assertThat(longestWait(arrivals, paced(arrivals))).isLessThanOrEqualTo(100);
    }

    @Test
    void a_fast_stream_has_fewer_and_longer_chunks() {
        List<At> arrivals = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            arrivals.add(new At("word", i));
        }

        assertThat(paced(arrivals)).hasSizeLessThan(2_000 / 40);
    }

    @Test
    void no_chunk_ends_within_a_character_that_came_whole() {
        Random random = new Random(4);
        for (int i = 0; i < 2_000; i++) {
            String text = "x" + GraphemesTest.text(random, 60);
            List<At> sent = paced(List.of(new At("Begin. ", 0), new At(text, 10), new At(".", 500)));

            int position = 0;
            String all = "Begin. " + text + ".";
            for (At chunk : sent) {
                position += chunk.text().length();
                if (position < all.length()) {
                    assertThat(Graphemes.boundary(all, position)).isEqualTo(position);
                }
            }
        }
    }
}
