package io.clauderoutes.check;

import io.clauderoutes.settings.CheckSettings;
import java.util.Optional;

/** Bounds of a text, in characters (code points). */
record LengthCheck(CheckSettings.Length bounds) implements ReplyCheck {

    @Override
    public Run begin(CheckedRequest request) {
        return new LengthRun();
    }

    private final class LengthRun implements Run {
        private long characters;
        private int held;
        private Optional<String> failure = Optional.empty();

        @Override
        public int accept(String piece, CheckedText out) {
            for (int i = 0; i < piece.length(); i++) {
                if (!Character.isLowSurrogate(piece.charAt(i))) {
                    if (bounds.most() > 0 && characters == bounds.most()) {
                        failure = Optional.of("it has more than " + bounds.most() + " characters (max-length)");
                        release(i, out);
                        return i;
                    }
                    characters++;
                }
            }
            release(piece.length(), out);
            return piece.length();
        }

        private void release(int length, CheckedText out) {
            held += length;
            if (characters >= bounds.least()) {
                out.release(held);
                held = 0;
            }
        }

        @Override
        public void end(CheckedText out) {
            if (characters < bounds.least()) {
                failure = Optional.of("it has fewer than " + bounds.least() + " characters (min-length)");
            }
        }

        @Override
        public Optional<String> failure() {
            return failure;
        }
    }
}
