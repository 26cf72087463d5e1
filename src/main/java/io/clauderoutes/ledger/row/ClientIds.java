package io.clauderoutes.ledger.row;

import io.clauderoutes.message.Correlation;
import java.util.Map;

/**
 * The ids by which a client finds its request; empty where it gave none.
 *
 * @param requestId {@code x-request-id}
 * @param traceParent the header of the W3C Trace Context
 */
public record ClientIds(String requestId, String traceParent) {

    static final ClientIds NONE = new ClientIds("", "");

    /** Those among the headers of a prompt. */
    public static ClientIds in(Map<String, String> headers) {
        String requestId = headers.getOrDefault(Correlation.REQUEST_ID, "");
        String traceParent = headers.getOrDefault(Correlation.TRACE_PARENT, "");
        return requestId.isEmpty() && traceParent.isEmpty() ? NONE : new ClientIds(requestId, traceParent);
    }
}
