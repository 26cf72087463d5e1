package io.clauderoutes.batch;

import io.clauderoutes.text.Printable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands on the dead letters of prompts that were refused. While their place takes none, they stay where they are. */
final class DeadLetters {

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);
    private static final int AT_ONCE = 100;
    private static final Duration AGAIN = Duration.ofSeconds(10);

    private final BatchStore store;
    private final BatchDelivery handover;
    private final Path file;
    private long dueNanos;

    DeadLetters(BatchStore store, BatchDelivery handover, Path file, long nowNanos) {
        this.store = store;
        this.handover = handover;
        this.file = file;
        this.dueNanos = nowNanos;
    }

    /** Writes those that are due. How long until there may be others: {@code longest} if nothing says that it is earlier. */
    Duration write(long nowNanos, Duration longest) {
        if (dueNanos - nowNanos > 0) {
            return Duration.ofNanos(dueNanos - nowNanos);
        }
        List<BatchStore.Letter> letters = store.letters(AT_ONCE);
        for (BatchStore.Letter letter : letters) {
            try {
                boolean written = handover.letter(letter);
                store.failed(letter, written);
                handover.failed(letter);
                if (!written) {
                    LOG.info(
                            "Batches: prompt {} of source {} stays in {}: its source has no dead-letter setting",
                            Printable.of(letter.name()),
                            letter.source(),
                            file);
                }
            } catch (Exception untaken) {
                LOG.warn("a dead letter of source {} could not be written: {}", letter.source(), untaken.toString());
                dueNanos = nowNanos + AGAIN.toNanos();
                return AGAIN;
            }
        }
        return letters.isEmpty() ? longest : Duration.ZERO;
    }
}
