package io.clauderoutes.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Searches for input that a target does not survive: {@code ./mvnw -Pfuzz test}. */
class JazzerTest {

    private final FuzzTargets targets = new FuzzTargets();

    @FuzzTest(maxDuration = "60m")
    void requests(byte[] input) {
        targets.request(input);
    }

    @FuzzTest(maxDuration = "60m")
    void schemas(byte[] input) {
        targets.schema(input);
    }

    @FuzzTest(maxDuration = "60m")
    void events(byte[] input) {
        targets.events(input);
    }

    @FuzzTest(maxDuration = "60m")
    void clientMessage(byte[] input) {
        targets.clientMessage(input);
    }

    @FuzzTest(maxDuration = "60m")
    void headers(byte[] input) {
        targets.headers(input);
    }

    @FuzzTest(maxDuration = "60m")
    void responseHeaders(byte[] input) {
        targets.responseHeaders(input);
    }

    @FuzzTest(maxDuration = "60m")
    void batches(byte[] input) {
        targets.batches(input);
    }

    @FuzzTest(maxDuration = "60m")
    void redactor(byte[] input) {
        targets.redactor(input);
    }

    @FuzzTest(maxDuration = "60m")
    void stream(byte[] input) {
        targets.stream(input);
    }

    @FuzzTest(maxDuration = "60m")
    void documents(byte[] input) {
        targets.documents(input);
    }
}
