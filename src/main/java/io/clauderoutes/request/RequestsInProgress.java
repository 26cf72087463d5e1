package io.clauderoutes.request;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The requests between the source stage and the end of their reply. Thread-safe. */
public final class RequestsInProgress {

    private final Map<Progress, Request> all = new ConcurrentHashMap<>();

    /** A request begins. */
    public void begin(Request request) {
        all.put(request.progress(), request);
    }

    /** A request has ended, well or not. */
    public void end(Request request) {
        all.remove(request.progress());
    }

    /** The requests in progress, the oldest first. */
    public List<Request> list() {
        List<Request> list = new ArrayList<>(all.values());
        list.sort(Comparator.comparingLong(Request::startedNanos));
        return list;
    }
}
