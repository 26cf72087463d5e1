package io.clauderoutes.resume;

import io.clauderoutes.resume.ResumeStore.News;
import io.clauderoutes.resume.RetainedReply.Part;
import io.clauderoutes.resume.RetainedReply.Reading;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores retained replies while they arrive, each time all that is new since the last time. A reply that cannot be stored stays in
 * memory, where its client can still continue it until a restart.
 */
final class ReplySaver {

    private static final Logger LOG = LoggerFactory.getLogger(ReplySaver.class);
    private static final int MOST_BYTES = 256 * 1024;
    /** So often a reply that is silent is stored again: another bundle sees that it is in progress. */
    static final Duration SIGN_OF_LIFE = Duration.ofSeconds(5);

    private static final Duration WARNING = Duration.ofSeconds(30);

    private final ResumeStore store;
    private final LongSupplier ticker;
    private final Queue<Saving> replies = new ConcurrentLinkedQueue<>();
    private long warnedNanos;
    private boolean failed;

    /** One reply in progress. */
    private static final class Saving {
        private final RetainedReply reply;
        private final RetentionRequest request;
        private final Reading reading;
        private long savedNanos;
        private boolean ended;

        Saving(RetainedReply reply, RetentionRequest request, Reading reading) {
            this.reply = reply;
            this.request = request;
            this.reading = reading;
        }
    }

    ReplySaver(ResumeStore store, LongSupplier ticker) {
        this.store = store;
        this.ticker = ticker;
    }

    /** Stores a reply from now on. If the reply was stored before, {@code after} is the number of its last stored event. */
    void add(RetainedReply reply, RetentionRequest request, long after) {
        reply.readForStore(after).ifPresent(reading -> replies.add(new Saving(reply, request, reading)));
    }

    /** Stores what is new. It is called by one thread. */
    void save() {
        List<News> news = new ArrayList<>();
        List<Saving> saved = new ArrayList<>();
        for (Saving saving : replies) {
            int size = news.size();
            collect(saving, news);
            if (news.size() > size) {
                saved.add(saving);
            }
        }
        if (news.isEmpty()) {
            return;
        }
        try {
            store.save(news);
            failed = false;
            saved.stream().filter(saving -> saving.ended).forEach(this::end);
        } catch (SQLException failure) {
            saved.forEach(this::end);
            warn(failure);
        }
    }

    private void collect(Saving saving, List<News> news) {
        long now = ticker.getAsLong();
        boolean isDue = saving.savedNanos == 0 || now - saving.savedNanos > SIGN_OF_LIFE.toNanos();
        Part part = saving.reading.next(MOST_BYTES);
        while (!part.isCut()) {
            if (!part.events().isEmpty() || part.ending().isPresent() || isDue) {
                news.add(new News(
                        saving.request,
                        part.events(),
                        part.first(),
                        saving.reply.origin().headers(),
                        part.ending()));
                saving.savedNanos = now;
                isDue = false;
            }
            if (part.events().isEmpty() || part.ending().isPresent()) {
                saving.ended = part.ending().isPresent();
                return;
            }
            part = saving.reading.next(MOST_BYTES);
        }
        end(saving);
    }

    private void end(Saving saving) {
        saving.reading.close();
        replies.remove(saving);
    }

    private void warn(SQLException failure) {
        long now = ticker.getAsLong();
        if (!failed || now - warnedNanos > WARNING.toNanos()) {
            warnedNanos = now;
            LOG.warn(
                    "Replies cannot be stored in {}: {}. Their clients cannot continue them after a restart"
                            + " (claude.resume.store.enabled)",
                    store.name(),
                    failure.getMessage());
        }
        failed = true;
    }
}
