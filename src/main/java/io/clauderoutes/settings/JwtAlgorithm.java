package io.clauderoutes.settings;

/** What a token is signed with. */
public enum JwtAlgorithm {
    HS256,
    RS256,
    ES256
}
