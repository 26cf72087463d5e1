package io.clauderoutes.redact;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * How much is found of what the tests of public detectors hold; the table is printed. The floors are what is reached,
 * so that a change for the worse shows.
 */
class RedactVectorsTest {

    private static final RedactionPolicy PLAIN = new RedactionPolicy(RedactionSettings.defaults());
    private static final RedactionPolicy VALIDATED = new RedactionPolicy(RedactionSettings.defaults()
            .with(Kind.CARD, new KindSettings(true, true, "[REDACTED]"))
            .with(Kind.SSN, new KindSettings(true, true, "[REDACTED]")));

    /** As long a piece of a secret as may be left by chance. */
    private static final int PIECE = 6;

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

    @Test
    void as_much_is_found_as_ever() {
        Map<String, List<Vector>> byKind = new TreeMap<>();
        List<Vector> all = new ArrayList<>(read("presidio.tsv"));
        all.addAll(read("gitleaks-rot13.tsv"));
        for (Vector vector : all) {
            byKind.computeIfAbsent(vector.kind(), unseen -> new ArrayList<>()).add(vector);
        }
        StringBuilder table =
                new StringBuilder("kind  | plain: found | false alarms | validated: found | false alarms\n");
        byKind.forEach((kind, vectors) -> {
            Score plain = Score.of(vectors, PLAIN);
            Score validated = Score.of(vectors, VALIDATED);
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
        });
        byKind.forEach((kind, vectors) -> {
            table.append(kind).append('\n');
            Score.of(vectors, VALIDATED)
                    .misses()
                    .forEach(miss -> table.append("  ").append(miss).append('\n'));
        });

        System.out.println(table);

        assertThat(byKind).containsKeys("card", "ssn", "iban", "email", "phone", "key", "none");
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
