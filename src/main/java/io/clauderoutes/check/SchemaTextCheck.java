package io.clauderoutes.check;

import io.clauderoutes.check.json.SchemaCheck;
import io.clauderoutes.check.json.SchemaProgress;
import io.clauderoutes.check.json.Violation;
import java.util.List;
import java.util.Optional;

/** A JSON schema that a text has to fit. */
record SchemaTextCheck(SchemaCheck schema) implements ReplyCheck {

    private static final String REASON = "it does not fit the schema: ";

    @Override
    public Run begin(CheckedRequest request) {
        return new SchemaRun(schema, !request.waits());
    }

    private static final class SchemaRun implements Run {
        private final SchemaCheck schema;
        private final SchemaProgress progress;
        private final boolean early;
        private final StringBuilder text = new StringBuilder();
        private long released;
        private Optional<String> failure = Optional.empty();

        SchemaRun(SchemaCheck schema, boolean early) {
            this.schema = schema;
            this.early = early;
            this.progress = schema.begin();
        }

        @Override
        public int accept(String piece, CheckedText out) {
            if (!early) {
                text.append(piece);
                return piece.length();
            }
            for (int i = 0; i < piece.length(); i++) {
                if (!progress.accept(piece.charAt(i))) {
                    failure = progress.violation().map(violation -> REASON + violation.rule());
                    release(out);
                    return i;
                }
                text.append(piece.charAt(i));
            }
            release(out);
            return piece.length();
        }

        private void release(CheckedText out) {
            long verified = progress.verified();
            if (verified > released) {
                out.release((int) (verified - released));
                released = verified;
            }
        }

        @Override
        public void end(CheckedText out) {
            List<Violation> violations = progress.end()
                    .filter(found -> early)
                    .map(List::of)
                    .orElseGet(() -> schema.violations(text.toString()));
            failure = violations.stream().findFirst().map(violation -> REASON + violation.rule());
        }

        @Override
        public Optional<String> failure() {
            return failure;
        }
    }
}
