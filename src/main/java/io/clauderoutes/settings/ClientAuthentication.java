package io.clauderoutes.settings;

/** How a client shows its secret to a token endpoint: in a header or in the form. */
public enum ClientAuthentication {
    BASIC,
    POST
}
