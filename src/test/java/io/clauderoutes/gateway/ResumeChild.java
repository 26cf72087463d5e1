package io.clauderoutes.gateway;

import io.clauderoutes.support.Bundle;
import java.nio.file.Path;

/** A process whose gateway stores the replies that it retains, until it is killed. */
final class ResumeChild {

    private ResumeChild() {}

    /**
     * Begins to work.
     *
     * @param args the API's URL, and the folder of everything; the file {@code door} in it gets the URL of the gateway
     */
    public static void main(String... args) throws Exception {
        GatewayChild.run(Path.of(args[1]), folder -> bundle(args[0], folder));
    }

    /** The same bundle, for the time after the kill. */
    static Bundle bundle(String url, Path folder) {
        return Bundle.callingUrl(url)
                .with("claude.ledger.enabled", "true")
                .with("claude.cache.enabled", "false")
                .with("claude.call.max-attempts", "1")
                .with("claude.data", folder.resolve("data").toString())
                .with("claude.gateway.resume.enabled", "true")
                .with("claude.resume.store.enabled", "true")
                .withHttpDoor();
    }
}
