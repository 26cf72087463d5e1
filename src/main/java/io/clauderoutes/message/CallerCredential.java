package io.clauderoutes.message;

/**
 * The credential that a caller showed, where it goes on to the endpoint in place of ours. No message carries it, and
 * {@link #toString()} does not show it.
 *
 * @param header the HTTP header it came in and leaves in, in lower case
 * @param value the header's value as it came
 */
public record CallerCredential(String header, String value) {

    @Override
    public String toString() {
        return "CallerCredential[" + header + "]";
    }
}
