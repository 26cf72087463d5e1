package io.clauderoutes.gateway.websocket;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * Writes the messages of the server. Ids have no characters that JSON escapes; bodies, headers and events are JSON already, and are
 * copied once.
 */
public final class ServerMessages {

    private static final byte[] END = {'}'};

    private ServerMessages() {}

    /**
     * The request was taken.
     *
     * @param stream id by which the client continues the reply
     */
    public static byte[] accepted(String id, String stream) {
        return ascii("{\"type\":\"accepted\",\"id\":\"" + id + "\",\"stream\":\"" + stream + "\"}");
    }

    /**
     * The reply begins.
     *
     * @param headers of the response, as a JSON object
     */
    public static byte[] started(String id, byte[] headers) {
        return joined(ascii("{\"type\":\"started\",\"id\":\"" + id + "\",\"headers\":"), headers, END);
    }

    /**
     * One event of the reply.
     *
     * @param number of the event; the first is 1
     * @param name of the event
     * @param data JSON of the event
     */
    public static byte[] event(String id, long number, String name, byte[] data) {
        return joined(
                ascii("{\"type\":\"event\",\"id\":\"" + id + "\",\"seq\":" + number + ",\"event\":\"" + name
                        + "\",\"data\":"),
                data,
                END);
    }

    /** The stream of events is complete. */
    public static byte[] done(String id) {
        return ascii("{\"type\":\"done\",\"id\":\"" + id + "\"}");
    }

    /**
     * The reply to a request without {@code stream}.
     *
     * @param headers of the response, as a JSON object
     * @param body JSON of the message
     */
    public static byte[] reply(String id, byte[] headers, byte[] body) {
        byte[] begin =
                joined(ascii("{\"type\":\"reply\",\"id\":\"" + id + "\",\"headers\":"), headers, ascii(",\"body\":"));
        return joined(begin, body, END);
    }

    /**
     * There is no reply, or only a part of one.
     *
     * @param id of the request; empty text for an error that belongs to none
     * @param status that an HTTP response would have
     * @param headers of the response, as a JSON object
     * @param body JSON of the error, as the API has it
     */
    public static byte[] error(String id, int status, byte[] headers, byte[] body) {
        String about = id.isEmpty() ? "" : ",\"id\":\"" + id + "\"";
        byte[] begin = joined(
                ascii("{\"type\":\"error\"" + about + ",\"status\":" + status + ",\"headers\":"),
                headers,
                ascii(",\"body\":"));
        return joined(begin, body, END);
    }

    /** The request was cancelled by its client. */
    public static byte[] cancelled(String id) {
        return ascii("{\"type\":\"cancelled\",\"id\":\"" + id + "\"}");
    }

    /** A sign of life. */
    public static byte[] pong(String id) {
        return ascii(id.isEmpty() ? "{\"type\":\"pong\"}" : "{\"type\":\"pong\",\"id\":\"" + id + "\"}");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    private static byte[] joined(byte[] first, byte[] second, byte[] third) {
        byte[] all = new byte[first.length + second.length + third.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        System.arraycopy(third, 0, all, first.length + second.length, third.length);
        return all;
    }
}
