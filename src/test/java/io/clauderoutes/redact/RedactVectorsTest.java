package io.clauderoutes.redact;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How much is found of what the tests of public detectors hold; the table is printed. The floors are what is reached,
 * so that a change for the worse shows.
 */
class RedactVectorsTest {

    private static final RedactionPolicy PLAIN = new RedactionPolicy(RedactionSettings.all());
    private static final RedactionPolicy VALIDATED = new RedactionPolicy(RedactionSettings.all()
            .with(Kind.CARD, new KindSettings(true, true, "[REDACTED]"))
            .with(Kind.SSN, new KindSettings(true, true, "[REDACTED]")));

    /** As long a piece of a secret as may be left by chance. */
    private static final int PIECE = 6;

    private static final List<Vector> VECTORS = Stream.concat(
                    read("presidio.tsv").stream(), read("gitleaks-rot13.tsv").stream())
            .toList();

    record Place(int from, int to) {}

    record Vector(String kind, String rule, List<Place> places, String text) {

        int found(RedactionPolicy policy) {
            String redacted = policy.redactor().redact(text);
            return (int) places.stream()
                    .filter(place -> !leaks(text.substring(place.from(), place.to()), redacted))
                    .count();
        }

        /** For a text without a place, whether something of its kind was replaced all the same. */
        boolean isFalseAlarm(RedactionPolicy policy) {
            List<String> heard = new ArrayList<>();
            policy.redactor(heard::add).redact(text);
            return kind.equals("none") ? !heard.isEmpty() : heard.contains(kind);
        }

        private static boolean leaks(String secret, String redacted) {
            for (int i = 0; i + PIECE <= secret.length(); i++) {
                if (redacted.contains(secret.substring(i, i + PIECE))) {
                    return true;
                }
            }
            return false;
        }
    }

    record Score(int found, int places, int alarms, int texts, List<String> misses) {

        static Score of(List<Vector> vectors, RedactionPolicy policy) {
            int found = 0;
            int places = 0;
            int alarms = 0;
            int texts = 0;
            List<String> misses = new ArrayList<>();
            for (Vector vector : vectors) {
                if (vector.places().isEmpty()) {
                    texts++;
                    if (vector.isFalseAlarm(policy)) {
                        alarms++;
                        misses.add("alarm  " + vector.rule() + ": " + shown(vector.text()));
                    }
                } else {
                    int here = vector.found(policy);
                    found += here;
                    places += vector.places().size();
                    if (here < vector.places().size()) {
                        misses.add("missed " + vector.rule() + ": " + shown(vector.text()));
                    }
                }
            }
            return new Score(found, places, alarms, texts, misses);
        }

        private static String shown(String text) {
            String line = text.replace("\n", "\\n");
            return line.length() <= 120 ? line : line.substring(0, 120) + "…";
        }
    }

    /** Of the places of a kind, how many must be found, and of the other texts, how many may raise an alarm. */
    record Floor(String kind, RedactionPolicy policy, int found, int alarms) {}

    static Stream<Floor> floors() {
        return Stream.of(
                new Floor("card", PLAIN, 15, 2),
                new Floor("card", VALIDATED, 15, 0),
                // 3 places have separators that are not consistent, as a ZIP+4 code has.
                new Floor("ssn", PLAIN, 10, 5),
                new Floor("ssn", VALIDATED, 10, 0),
                new Floor("iban", PLAIN, 158, 1),
                new Floor("email", PLAIN, 7, 0),
                new Floor("phone", PLAIN, 26, 0),
                new Floor("key", PLAIN, 123, 48),
                new Floor("none", PLAIN, 0, 8),
                new Floor("none", VALIDATED, 0, 5));
    }

    @ParameterizedTest
    @MethodSource("floors")
    void as_much_is_found_as_ever(Floor floor) {
        Score score = Score.of(vectorsOf(floor.kind()), floor.policy());

        assertThat(score.found()).isGreaterThanOrEqualTo(floor.found());
    }

    @ParameterizedTest
    @MethodSource("floors")
    void no_more_false_alarms_are_raised_than_ever(Floor floor) {
        Score score = Score.of(vectorsOf(floor.kind()), floor.policy());

        assertThat(score.alarms()).isLessThanOrEqualTo(floor.alarms());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 16, 100})
    void pieces_of_any_size_find_the_same(int size) {
        for (Vector vector : VECTORS) {
            TextRedactor redactor = PLAIN.redactor();
            StringBuilder out = new StringBuilder();
            for (int from = 0; from < vector.text().length(); from += size) {
                redactor.append(
                        vector.text().substring(from, Math.min(vector.text().length(), from + size)), out);
            }
            redactor.flush(out);

            assertThat(out.toString()).isEqualTo(PLAIN.redactor().redact(vector.text()));
        }
    }

    @Test
    void the_table_is_printed() {
        StringBuilder table =
                new StringBuilder("kind  | plain: found | false alarms | validated: found | false alarms\n");
        StringBuilder misses = new StringBuilder();
        List<String> kinds = List.of("card", "ssn", "iban", "email", "phone", "key", "none");
        for (String kind : kinds) {
            Score plain = Score.of(vectorsOf(kind), PLAIN);
            Score validated = Score.of(vectorsOf(kind), VALIDATED);
            table.append(String.format(
                    Locale.ROOT,
                    "%-5s | %5d of %3d | %5d of %3d | %9d of %3d | %5d of %3d%n",
                    kind,
                    plain.found(),
                    plain.places(),
                    plain.alarms(),
                    plain.texts(),
                    validated.found(),
                    validated.places(),
                    validated.alarms(),
                    validated.texts()));
            plain.misses()
                    .forEach(
                            miss -> misses.append(kind).append(' ').append(miss).append('\n'));
        }

        System.out.println(table.append('\n').append(misses));

        assertThat(VECTORS.stream().map(Vector::kind).distinct()).containsExactlyInAnyOrderElementsOf(kinds);
    }

    private static List<Vector> vectorsOf(String kind) {
        return VECTORS.stream().filter(vector -> vector.kind().equals(kind)).toList();
    }

    private static List<Vector> read(String name) {
        try (InputStream in = RedactVectorsTest.class.getResourceAsStream(name)) {
            assertThat(in).as(name).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> vector(line, name.contains("rot13")))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Vector vector(String line, boolean rotated) {
        List<String> columns = List.of(line.split("\t", -1));
        List<Place> places = new ArrayList<>();
        if (!columns.get(2).equals("-")) {
            for (String place : columns.get(2).split(",", -1)) {
                int dash = place.indexOf('-');
                places.add(new Place(
                        Integer.parseInt(place.substring(0, dash)), Integer.parseInt(place.substring(dash + 1))));
            }
        }
        String text = rotated ? rot13(columns.get(3)) : columns.get(3);
        return new Vector(columns.get(0), columns.get(1), places, text.translateEscapes());
    }

    private static String rot13(String text) {
        StringBuilder turned = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int turn = "nopqrstuvwxyz".indexOf(Character.toLowerCase(c)) < 0 ? 13 : -13;
            turned.append(c < 0x80 && Character.isLetter(c) ? (char) (c + turn) : c);
        }
        return turned.toString();
    }
}
