package io.clauderoutes.sidebyside;

import static io.clauderoutes.sidebyside.Markdown.format;
import static io.clauderoutes.sidebyside.Markdown.header;
import static io.clauderoutes.sidebyside.Markdown.row;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** The first calls that a bundle answers after its start. */
final class ColdStarts {

    private static final int CALLS = 1000;
    private static final boolean CAN_TRAIN = Runtime.version().feature() >= 25;

    private final Parties parties;
    private final LoadClient client;

    ColdStarts(Parties parties, LoadClient client) {
        this.parties = parties;
        this.client = client;
    }

    /** Starts the bundle so many times, as it comes and in turn with what it has learned, and says how its first calls went. */
    String markdown(int starts) throws IOException, InterruptedException {
        StringBuilder text =
                new StringBuilder("\n### The first 1,000 calls after a start, 1 caller, whole replies\n\n");
        header(text, List.of("start", "ready after ms", "median ms", "p99 ms", "slowest ms", "failed"));
        Optional<Path> learned = CAN_TRAIN ? Optional.of(parties.trained()) : Optional.empty();
        for (int start = 1; start <= starts; start++) {
            String name = "cold-" + start;
            long begun = System.nanoTime();
            text.append(firstCalls(start + ", as it comes", begun, parties.bundle(name)));
            if (learned.isPresent()) {
                begun = System.nanoTime();
                text.append(firstCalls(start + ", after `train`", begun, parties.bundle(name, learned.get())));
            }
        }
        return text.toString();
    }

    private String firstCalls(String start, long begun, Contender bundle) throws IOException {
        long ready = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        Tally tally = client.sequence(bundle, Load.WHOLE, CALLS);
        bundle.server().close();
        Histogram whole = tally.whole();
        StringBuilder text = new StringBuilder();
        row(
                text,
                List.of(
                        start,
                        Long.toString(ready),
                        format("%.2f", Result.millis(whole, 50)),
                        format("%.2f", Result.millis(whole, 99)),
                        format("%.1f", Result.millis(whole, 100)),
                        Long.toString(tally.failures())));
        return text.toString();
    }
}
