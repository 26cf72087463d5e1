package io.clauderoutes.batch;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.ChildJvm;
import java.nio.file.Path;

/** A process that brings the prompts of a folder into batches and their answers into another, until it is killed. */
final class BatchChild {

    private BatchChild() {}

    /**
     * Begins to work.
     *
     * @param args the API's URL, the folder of everything, how many prompts a batch has, and how long they wait for it
     */
    public static void main(String... args) throws InterruptedException {
        ChildJvm.endWithTheTest();
        bundle(args[0], Path.of(args[1]), args[2], args[3]).context();
        Thread.currentThread().join();
    }

    /** The same bundle, for the process that ends the work. */
    static Bundle bundle(String url, Path folder, String size, String longest) {
        return Bundle.callingUrl(url)
                .with("claude.ledger.enabled", "true")
                .with("claude.data", folder.resolve("data").toString())
                .with(
                        "claude.sources.inbox.uri",
                        "file:" + folder.resolve("inbox") + "?initialDelay=0&delay=20&readLock=none&move=.done")
                .with("claude.sources.inbox.workers", "8")
                .with("claude.sources.inbox.batch", "true")
                .with("claude.sources.inbox.sinks", "answers")
                .with(
                        "claude.sinks.answers.uri",
                        "file:" + folder.resolve("outbox") + "?tempFileName=.${file:name}.part")
                .with("claude.batch.size", size)
                .with("claude.batch.wait", longest)
                .with("claude.batch.attempts", "100")
                .with("claude.batch.poll-interval", "20ms")
                .with("claude.batch.poll-interval-max", "100ms")
                .with("claude.batch.uncertain-wait", "5s");
    }
}
