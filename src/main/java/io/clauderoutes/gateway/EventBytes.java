package io.clauderoutes.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vertx.core.buffer.Buffer;

/** Writes events as a server-sent event stream has them. */
final class EventBytes {

    private static final byte[] ID = "id: ".getBytes(US_ASCII);
    private static final byte[] EVENT = "event: ".getBytes(US_ASCII);
    private static final byte[] DATA = "\ndata: ".getBytes(US_ASCII);
    private static final byte[] END = "\n\n".getBytes(US_ASCII);
    private static final byte[] PING = "event: ping\ndata: {\"type\": \"ping\"}\n\n".getBytes(US_ASCII);
    private static final String ERROR = "error";

    private EventBytes() {}

    static void event(Buffer to, String name, byte[] data) {
        to.appendBytes(EVENT)
                .appendString(name)
                .appendBytes(DATA)
                .appendBytes(data)
                .appendBytes(END);
    }

    /** An event by whose number a client continues to read. */
    static void numbered(Buffer to, long number, String name, byte[] data) {
        to.appendBytes(ID).appendString(Long.toString(number)).appendByte((byte) '\n');
        event(to, name, data);
    }

    static void error(Buffer to, byte[] data) {
        event(to, ERROR, data);
    }

    static void ping(Buffer to) {
        to.appendBytes(PING);
    }
}
