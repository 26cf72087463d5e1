package io.clauderoutes.agent;

import java.util.List;

/** The input of a call does not fit the schema of its tool. */
final class InvalidInput extends Exception {

    private static final long serialVersionUID = 1;
    private static final int MOST = 5;

    InvalidInput(String tool, List<String> violations) {
        super("The input of the tool " + tool + " does not fit its schema: "
                + String.join("; ", violations.subList(0, Math.min(MOST, violations.size()))) + ".");
    }
}
