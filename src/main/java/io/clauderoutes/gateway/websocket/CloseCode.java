package io.clauderoutes.gateway.websocket;

/** Codes with which the server closes a WebSocket (RFC 6455, section 7.4, and IANA's registry). */
public enum CloseCode {
    /** The server stops, or the connection was idle for too long. */
    GOING_AWAY(1001),
    /** A message is not text. */
    UNSUPPORTED_DATA(1003),
    /** The client broke a rule, or is no longer allowed. */
    POLICY_VIOLATION(1008),
    /** A message is too long. */
    TOO_BIG(1009),
    /** There is no room for the message at present. */
    TRY_AGAIN_LATER(1013);

    private final short number;

    CloseCode(int number) {
        this.number = (short) number;
    }

    short number() {
        return number;
    }
}
