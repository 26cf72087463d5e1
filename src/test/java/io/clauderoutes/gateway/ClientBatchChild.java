package io.clauderoutes.gateway;

import io.clauderoutes.support.Bundle;
import java.nio.file.Path;

/** A process whose gateway serves batches, until it is killed. */
final class ClientBatchChild {

    private ClientBatchChild() {}

    /**
     * Begins to work.
     *
     * @param args the API's URL, and the folder of everything; the file {@code door} in it gets the URL of the gateway
     */
    public static void main(String... args) throws Exception {
        GatewayChild.run(Path.of(args[1]), folder -> bundle(args[0], folder));
    }

    /** The same bundle, for the process that ends the work. */
    static Bundle bundle(String url, Path folder) {
        return Bundle.callingUrl(url)
                .with("claude.ledger.enabled", "true")
                .with("claude.data", folder.resolve("data").toString())
                .with("claude.gateway.keys.one.key", "key-one")
                .with("claude.budgets.default.usd", "1000")
                .with("claude.batch.poll-interval", "10ms")
                .with("claude.batch.poll-interval-max", "50ms")
                .with("claude.batch.uncertain-wait", "2s")
                .withHttpDoor();
    }
}
