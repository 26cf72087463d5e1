package io.clauderoutes.p99;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;

/**
 * What endpoints have counted.
 *
 * @param calls for replies, failed ones included
 * @param tokens input and output, those of broken calls included
 */
record Bill(long calls, long tokens) {

    static final Bill NONE = new Bill(0, 0);

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The bill of the simulator on this port. */
    static Bill of(int port) throws IOException {
        JsonNode bill;
        try (InputStream in = URI.create("http://127.0.0.1:" + port + "/simulator/bill")
                .toURL()
                .openStream()) {
            bill = JSON.readTree(in);
        }
        JsonNode calls = bill.path("calls");
        return new Bill(
                calls.path("/v1/messages").asLong()
                        + calls.path("/v1/completions").asLong()
                        + calls.path("/v1/batch").asLong()
                        + calls.path("/v1/messages/batches").asLong(),
                tokens(bill.path("tokens")) + tokens(bill.path("batches").path("tokens")));
    }

    private static long tokens(JsonNode tokens) {
        return tokens.path("input_tokens").asLong()
                + tokens.path("output_tokens").asLong();
    }

    Bill plus(Bill other) {
        return new Bill(calls + other.calls, tokens + other.tokens);
    }

    Bill minus(Bill before) {
        return new Bill(calls - before.calls, tokens - before.tokens);
    }
}
