package io.clauderoutes.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.Frame;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the state of now to the browsers that watch it: the whole state first, then the sections that have changed, twice a second at most.
 * One state is made for all of them, and none while nobody watches. The last events are retained, so that a browser that comes back gets
 * those that it missed.
 */
public final class NowFeed implements ConsolePart {

    /** Between two looks at the state. */
    public static final long PERIOD_MILLIS = 500;

    private static final Logger LOG = LoggerFactory.getLogger(NowFeed.class);
    private static final String STATE = "state";
    private static final String CHANGE = "change";
    private static final String AT = "at";
    private static final int RETAINED = 240;
    private static final int PING_ROUNDS = 20;
    private static final int MOST_VIEWERS = 50;
    private static final int UNAVAILABLE = 503;

    private final Supplier<ObjectNode> state;
    private final Executor thread;
    private final String run;
    private final Set<Viewer> viewers = ConcurrentHashMap.newKeySet();
    // What follows is used by the feed's thread alone.
    private final Deque<Event> events = new ArrayDeque<>();
    private ObjectNode last = ConsoleResponse.object();
    private long number;
    private int rounds;

    private record Event(long number, Frame data) {}

    private static final class Viewer {
        private ServerSentEvents stream;
        private boolean isBehind;
    }

    /**
     * Has no receivers yet.
     *
     * @param state makes the state of now
     * @param thread the single thread that calls {@link #round()}
     * @param run differs for each start of the process
     */
    public NowFeed(Supplier<ObjectNode> state, Executor thread, String run) {
        this.state = state;
        this.thread = thread;
        this.run = run;
    }

    @Override
    public void add(Router router) {
        router.get(API + "now").order(ORDER).handler(this::once);
        router.get(API + "now/events").order(ORDER).handler(this::watch);
    }

    private void once(RoutingContext context) {
        Context serverThread = Vertx.currentContext();
        thread.execute(() -> {
            ObjectNode now = state.get();
            serverThread.runOnContext(back -> ConsoleResponse.json(context, now));
        });
    }

    private void watch(RoutingContext context) {
        if (viewers.size() >= MOST_VIEWERS) {
            ConsoleResponse.error(context, UNAVAILABLE, "too many browsers watch this page");
            return;
        }
        Viewer viewer = new Viewer();
        viewer.stream = new ServerSentEvents(context, () -> viewers.remove(viewer));
        String lastEvent = context.request().getHeader("last-event-id");
        thread.execute(() -> begin(viewer, lastEvent == null ? "" : lastEvent));
    }

    private void begin(Viewer viewer, String lastEvent) {
        look();
        List<Event> missed = missed(lastEvent);
        if (missed.isEmpty()) {
            viewer.stream.send(id(number), STATE, ConsoleResponse.bytes(last));
        } else {
            missed.forEach(event ->
                    viewer.stream.send(id(event.number()), CHANGE, event.data().bytes()));
        }
        if (!viewer.stream.isClosed()) {
            viewers.add(viewer);
        }
    }

    private String id(long of) {
        return run + "-" + of;
    }

    /** The events after one; empty if they are not all retained. */
    private List<Event> missed(String lastEvent) {
        if (!lastEvent.startsWith(run + "-") || events.isEmpty()) {
            return List.of();
        }
        try {
            long after = Long.parseLong(lastEvent.substring(run.length() + 1));
            return after + 1 < events.getFirst().number()
                    ? List.of()
                    : events.stream().filter(event -> event.number() > after).toList();
        } catch (NumberFormatException other) {
            return List.of();
        }
    }

    /** Looks at the state and sends what has changed. */
    public void round() {
        viewers.removeIf(viewer -> viewer.stream.isClosed());
        if (viewers.isEmpty()) {
            return;
        }
        try {
            rounds++;
            look();
        } catch (RuntimeException failure) {
            LOG.warn("The state for the console could not be read: {}", failure.toString());
        }
    }

    private void look() {
        ObjectNode now = state.get();
        ObjectNode change = ConsoleResponse.object();
        now.properties().forEach(section -> {
            JsonNode before = last.get(section.getKey());
            if (!section.getKey().equals(AT) && !section.getValue().equals(before)) {
                change.set(section.getKey(), section.getValue());
            }
        });
        last = now;
        if (change.isEmpty()) {
            if (rounds % PING_ROUNDS == 0) {
                viewers.forEach(viewer -> viewer.stream.ping());
            }
            return;
        }
        change.set(AT, now.get(AT));
        Event event = new Event(++number, new Frame(ConsoleResponse.bytes(change)));
        events.addLast(event);
        if (events.size() > RETAINED) {
            events.removeFirst();
        }
        new ArrayList<>(viewers).forEach(viewer -> send(viewer, event));
    }

    private void send(Viewer viewer, Event event) {
        if (viewer.stream.isFull()) {
            viewer.isBehind = true;
        } else if (viewer.isBehind) {
            viewer.isBehind = false;
            viewer.stream.send(id(event.number()), STATE, ConsoleResponse.bytes(last));
        } else {
            viewer.stream.send(id(event.number()), CHANGE, event.data().bytes());
        }
    }
}
