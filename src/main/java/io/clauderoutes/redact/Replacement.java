package io.clauderoutes.redact;

/** What comes in the place of a match, and whose match it is. */
record Replacement(String label, String text) {}
