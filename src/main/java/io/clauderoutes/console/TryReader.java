package io.clauderoutes.console;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.resume.RetainedEvent;
import io.clauderoutes.resume.RetainedReply;
import io.clauderoutes.resume.RetainedReply.Part;
import io.clauderoutes.resume.RetainedReply.Reading;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sends a reply to one browser as it arrives: the events of the API with their numbers, an event {@code facts} twice a second, and an event
 * {@code end}. All is done on the server's own thread. A browser that comes back continues after the last event that it has.
 */
final class TryReader {

    private static final int MOST_BYTES = 32 * 1024;
    private static final long FACTS_MILLIS = 400;

    private final Context serverThread = Vertx.currentContext();
    private final RetainedReply reply;
    private final Optional<TryRun> run;
    private final ServerSentEvents events;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private ObjectNode sent = ConsoleResponse.object();
    private Reading reading;
    private boolean over;
    private long timer = -1;

    /**
     * Begins the response.
     *
     * @param run empty if only the reply is known, after a restart
     */
    TryReader(RoutingContext context, RetainedReply reply, Optional<TryRun> run) {
        this.reply = reply;
        this.run = run;
        this.events = new ServerSentEvents(context, this::close);
    }

    /** Begins to send the events after one. */
    void start(long after) {
        reading = reply.read(after, this::wake).orElse(null);
        if (reading == null) {
            end("the events after " + after + " of this reply are no longer retained");
            return;
        }
        events.onDrain(this::write);
        timer = serverThread.owner().setPeriodic(FACTS_MILLIS, due -> facts());
        facts();
        wake();
    }

    private void wake() {
        if (scheduled.compareAndSet(false, true)) {
            serverThread.runOnContext(now -> {
                scheduled.set(false);
                write();
            });
        }
    }

    private void facts() {
        run.ifPresent(its -> {
            ObjectNode now = its.facts();
            if (!over && !events.isFull() && !now.equals(sent)) {
                sent = now;
                events.send("", "facts", ConsoleResponse.bytes(now));
            }
        });
    }

    private void write() {
        while (!over && !events.isFull()) {
            Part part = reading.next(MOST_BYTES);
            if (part.isCut()) {
                end("this reply is no longer retained");
                return;
            }
            long number = part.first();
            for (RetainedEvent event : part.events()) {
                events.send(Long.toString(number), event.name(), event.data().bytes());
                number++;
            }
            if (part.ending().isPresent()) {
                facts();
                end("");
                return;
            }
            if (part.events().isEmpty()) {
                return;
            }
        }
    }

    private void end(String problem) {
        events.send("", "end", ConsoleResponse.bytes(ConsoleResponse.object().put("problem", problem)));
        events.end();
        close();
    }

    private void close() {
        over = true;
        if (timer >= 0) {
            serverThread.owner().cancelTimer(timer);
            timer = -1;
        }
        if (reading != null) {
            reading.close();
        }
    }
}
