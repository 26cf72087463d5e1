package io.clauderoutes.gateway.websocket;

/** The identity of a message from its first frame until the work on it ends: what its bytes are accounted to. */
public final class ArrivedMessage {}
