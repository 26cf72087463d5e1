package io.clauderoutes.check;

import io.clauderoutes.check.pattern.PatternSearch;
import io.clauderoutes.check.pattern.TextPattern;
import io.clauderoutes.settings.CheckSettings;
import java.util.Optional;

/** A pattern that a text must contain, and a pattern that it must not contain. */
final class PatternCheck implements ReplyCheck {

    private final Optional<TextPattern> required;
    private final Optional<TextPattern> forbidden;

    /** @throws IllegalArgumentException with the setting whose pattern cannot be used */
    PatternCheck(CheckSettings.Patterns patterns) {
        this.required = patterns.required().map(pattern -> compiled("required-pattern", pattern));
        this.forbidden = patterns.forbidden().map(pattern -> compiled("forbidden-pattern", pattern));
    }

    private static TextPattern compiled(String setting, String pattern) {
        try {
            return TextPattern.compile(pattern);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(setting + ": " + wrong.getMessage(), wrong);
        }
    }

    @Override
    public Run begin(CheckedRequest request) {
        return new PatternRun();
    }

    private final class PatternRun implements Run {
        private final Optional<PatternSearch> wanted = required.map(TextPattern::search);
        private final Optional<PatternSearch> refused = forbidden.map(TextPattern::search);
        private boolean found = required.isEmpty();
        private long read;
        private long released;
        private Optional<String> failure = Optional.empty();

        @Override
        public int accept(String piece, CheckedText out) {
            for (int i = 0; i < piece.length(); i++) {
                char c = piece.charAt(i);
                long possibleFrom = refused.map(PatternSearch::possibleFrom).orElse(0);
                if (refused.isPresent() && refused.get().accept(c)) {
                    failure = Optional.of("it holds what forbidden-pattern describes");
                    release(possibleFrom, out);
                    return i;
                }
                if (wanted.isPresent() && !found) {
                    found = wanted.get().accept(c);
                }
                read++;
            }
            release(verified(), out);
            return piece.length();
        }

        private long verified() {
            return refused.isPresent() ? refused.get().possibleFrom() : read;
        }

        private void release(long to, CheckedText out) {
            if (found && to > released) {
                out.release((int) (to - released));
                released = to;
            }
        }

        @Override
        public void end(CheckedText out) {
            if (refused.isPresent() && refused.get().end()) {
                failure = Optional.of("it holds what forbidden-pattern describes");
            } else if (!found && !wanted.orElseThrow().end()) {
                failure = Optional.of("it does not hold what required-pattern describes");
            }
        }

        @Override
        public Optional<String> failure() {
            return failure;
        }
    }
}
