package io.clauderoutes.settings;

/** How many tokens of the bucket a request takes. */
public enum ThrottleCost {
    ONE,
    INPUT
}
