package io.clauderoutes.sidebyside;

import static io.clauderoutes.sidebyside.Markdown.format;
import static io.clauderoutes.sidebyside.Markdown.header;
import static io.clauderoutes.sidebyside.Markdown.row;

import java.io.IOException;
import java.util.List;
import org.HdrHistogram.Histogram;

/** The first calls that a bundle answers after its start. */
final class ColdStarts {

    private static final int CALLS = 1000;

    private final Parties parties;
    private final LoadClient client;

    ColdStarts(Parties parties, LoadClient client) {
        this.parties = parties;
        this.client = client;
    }

    /** Starts the bundle so many times, and says how long its first calls took. */
    String markdown(int starts) throws IOException, InterruptedException {
        StringBuilder text =
                new StringBuilder("\n### The first 1,000 calls after a start, 1 caller, whole replies\n\n");
        header(text, List.of("start", "median ms", "p99 ms", "slowest ms", "failed"));
        for (int start = 1; start <= starts; start++) {
            Contender bundle = parties.bundle("cold-" + start);
            Tally tally = client.sequence(bundle, Load.WHOLE, CALLS);
            bundle.server().close();
            Histogram whole = tally.whole();
            row(
                    text,
                    List.of(
                            Integer.toString(start),
                            format("%.2f", Result.millis(whole, 50)),
                            format("%.2f", Result.millis(whole, 99)),
                            format("%.1f", Result.millis(whole, 100)),
                            Long.toString(tally.failures())));
        }
        return text.toString();
    }
}
