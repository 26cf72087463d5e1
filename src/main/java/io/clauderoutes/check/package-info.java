/**
 * The checks of replies before the fan-out, by {@code claude.checks}: a JSON schema, patterns, lengths, or a Camel endpoint that decides. Text is
 * handed on when it is verified, at once, or when the whole reply has passed.
 */
package io.clauderoutes.check;
