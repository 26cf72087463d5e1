package io.clauderoutes.check;

import java.util.Optional;

/** A check that is ready to be applied to the texts of replies. Thread-safe. */
interface ReplyCheck {

    /** Begins to check one text. */
    Run begin(CheckedRequest request);

    /** The check of one text that arrives in pieces. What it decides does not depend on how the text is cut. Not thread-safe. */
    interface Run {

        /**
         * Takes in the next piece.
         *
         * @return characters of the piece that are accepted; fewer than it has if the text fails with the next one
         */
        int accept(String piece, CheckedText out);

        /** The text has ended. */
        void end(CheckedText out);

        /** Why the text fails, in words that hold nothing of it; empty as long as it does not. */
        Optional<String> failure();

        /** Whether a decision can take long: it is then made after the text was handed on, where text is handed on at once. */
        default boolean isSlow() {
            return false;
        }
    }
}
