package io.clauderoutes.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.call.ObservedEndpoint;
import io.clauderoutes.ledger.Ledger;
import io.clauderoutes.message.Correlation;
import io.clauderoutes.request.Progress;
import io.clauderoutes.request.Request;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The state of now as JSON: problems, requests, endpoints, credentials, sinks, sources, batches and budgets. Used by one thread. */
public final class NowState implements Supplier<ObjectNode> {

    private static final int MOST_REQUESTS = 200;
    private static final int CHARACTERS_PER_TOKEN = 4;
    private static final int PERCENT = 100;
    private static final Duration BATCHES_AGE = Duration.ofSeconds(5);

    private final NowParts parts;
    private final SinceTimes times;
    private final Problems problems;
    private Map<String, Object> batches = Map.of();
    private Instant batchesRead = Instant.MIN;

    public NowState(NowParts parts) {
        this.parts = parts;
        this.times = new SinceTimes(parts.clock());
        this.problems = new Problems(parts, times);
    }

    @Override
    public ObjectNode get() {
        parts.endpoints().watch();
        List<ObservedEndpoint> endpoints = parts.endpoints().observed();
        List<Request> requests = parts.traffic().requests().list();
        ObjectNode state = ConsoleResponse.object();
        state.put("at", parts.clock().millis());
        state.put("trace_url", parts.more().traceUrl());
        ArrayNode found = state.putArray("problems");
        problems.find(endpoints, requests).forEach(problem -> found.add(problem.json()));
        totals(state.putObject("totals"), requests);
        requests(state.putArray("requests"), requests);
        ArrayNode listed = state.putArray("endpoints");
        endpoints.forEach(endpoint -> endpoint(listed.addObject(), endpoint));
        credentials(state.putArray("credentials"), endpoints);
        sinks(state.putArray("sinks"));
        sources(state.putArray("sources"));
        parts.ledger().ifPresent(ledger -> ledger(state, ledger));
        state.set("batches", ConsoleResponse.tree(batches()));
        return state;
    }

    private void totals(ObjectNode totals, List<Request> requests) {
        Map<String, Integer> stages = new TreeMap<>();
        requests.forEach(request -> stages.merge(stage(request.progress()), 1, Integer::sum));
        totals.put("requests", requests.size())
                .put("undelivered", parts.more().undelivered().getAsLong())
                .put("spent_micro_usd", parts.more().spentMicroUsd().getAsLong());
        totals.set("stages", ConsoleResponse.tree(stages));
    }

    private void requests(ArrayNode rows, List<Request> requests) {
        long now = parts.ticker().getAsLong();
        for (Request request : requests.subList(0, Math.min(MOST_REQUESTS, requests.size()))) {
            Progress progress = request.progress();
            ObjectNode row = rows.addObject();
            row.put("id", request.prompt().id())
                    .put("stage", stage(progress))
                    .put("tenant", request.prompt().options().tenant())
                    .put("source", request.requester().source())
                    .put("model", request.prompt().request().model())
                    .put("endpoint", progress.endpoint())
                    .put("attempts", progress.attempts())
                    .put("round", progress.round())
                    .put("tokens", progress.outputCharacters() / CHARACTERS_PER_TOKEN)
                    .put("cache", progress.cache().headerValue())
                    .put("trace", Correlation.traceId(request.prompt().wireHeaders()));
            row.put(
                    "started",
                    times.of(request.prompt().id(), Duration.ofNanos(now - request.startedNanos()))
                            .toEpochMilli());
            progress.timeToFirstToken().ifPresent(first -> row.put("first_token_ms", first.toMillis()));
            progress.lastEventNanos()
                    .ifPresent(last -> row.put("quiet_s", TimeUnit.NANOSECONDS.toSeconds(now - last) / 5 * 5));
        }
    }

    /** The stage that a request is in, in the names of the routes. */
    static String stage(Progress progress) {
        if (!progress.isAdmitted()) {
            return "throttle";
        }
        if (progress.reply().isPresent()) {
            return "fan out";
        }
        if (progress.cache().isJoined() && progress.attempts() == 0) {
            return "cache";
        }
        return progress.attempt().filter(attempt -> attempt.isReplying()).isPresent() ? "reply" : "call";
    }

    private void endpoint(ObjectNode row, ObservedEndpoint endpoint) {
        row.put("name", endpoint.name())
                .put("url", endpoint.url())
                .put(
                        "state",
                        endpoint.health().troubles().isEmpty()
                                ? endpoint.health().state()
                                : word(endpoint))
                .put(
                        "reason",
                        endpoint.health().troubles().isEmpty()
                                ? ""
                                : endpoint.health().troubles().get(0).reason())
                .put("breaker", endpoint.health().breaker())
                .put("quota_left_percent", Math.round(endpoint.quotaLeft() * PERCENT))
                .put("first_token_ms", endpoint.calls().firstTokenMillis())
                .put("in_flight", endpoint.calls().inFlight())
                .put("waiting", endpoint.calls().waiting())
                .put("limit", endpoint.calls().limit())
                .put("queued", endpoint.calls().queued())
                .put("credential", endpoint.credential());
        endpoint.health().troubles().stream()
                .findFirst()
                .ifPresent(trouble -> row.put(
                        "since",
                        times.of("endpoint " + endpoint.name() + trouble.kind(), trouble.lasting())
                                .toString()));
    }

    private static String word(ObservedEndpoint endpoint) {
        return switch (endpoint.health().troubles().get(0).kind()) {
            case CREDENTIAL -> "refuses credential";
            case DEAD ->
                endpoint.health().state().equals("available")
                        ? "dead"
                        : endpoint.health().state();
            case SILENT -> "silent";
            case FAILING -> "failing";
        };
    }

    private void credentials(ArrayNode rows, List<ObservedEndpoint> endpoints) {
        parts.credentials().all().forEach((name, credential) -> {
            ObjectNode row = rows.addObject();
            row.put("name", name)
                    .put("usable", credential.health().usable())
                    .put("detail", withoutSeconds(credential.health().detail()));
            ArrayNode users = row.putArray("endpoints");
            endpoints.stream()
                    .filter(endpoint -> endpoint.credential().equals(name))
                    .forEach(endpoint -> users.add(endpoint.name()));
        });
    }

    /** A number of seconds that falls would change the section at each look. */
    private static String withoutSeconds(String detail) {
        return detail.replaceAll("valid for ([0-9]+)[0-9] s", "valid for about $10 s");
    }

    private void sinks(ArrayNode rows) {
        var failing = parts.traffic().sinks().failing();
        var loads = parts.traffic().sinks().loads();
        var names = new java.util.TreeSet<>(failing.keySet());
        names.addAll(loads.keySet());
        names.addAll(parts.more().sinkNames());
        for (String name : names) {
            ObjectNode row = rows.addObject();
            row.put("name", name);
            var load = loads.get(name);
            if (load != null) {
                row.put("replies", load.replies())
                        .put("messages", load.messages())
                        .put("room", load.room());
            }
            var failure = failing.get(name);
            if (failure != null) {
                row.put("state", "failing")
                        .put("reason", failure.reason())
                        .put(
                                "since",
                                failure.since().truncatedTo(ChronoUnit.SECONDS).toString());
            } else if (load != null && load.slowSince().isPresent()) {
                row.put("state", "slow")
                        .put(
                                "since",
                                load.slowSince()
                                        .get()
                                        .truncatedTo(ChronoUnit.SECONDS)
                                        .toString());
            } else {
                row.put("state", "ok");
            }
        }
    }

    private void sources(ArrayNode rows) {
        parts.traffic().sources().paused().forEach((name, pause) -> rows.addObject()
                .put("name", name)
                .put("kind", pause.kind())
                .put("reason", pause.reason())
                .put("since", pause.since().toString()));
    }

    private void ledger(ObjectNode state, Ledger ledger) {
        ArrayNode budgets = state.putArray("budgets");
        ledger.budgets().forEach((tenant, budget) -> budgets.add(SpentPage.budget(tenant, budget)));
        ObjectNode row = state.putObject("ledger");
        row.put("state", ledger.trouble().isPresent() ? "not writable" : "written")
                .put("reason", ledger.trouble().orElse(""))
                .put("since", ledger.troubleSince().map(Instant::toString).orElse(null));
    }

    private Map<String, Object> batches() {
        Instant now = parts.clock().instant();
        if (batchesRead.plus(BATCHES_AGE).isBefore(now)) {
            batches = parts.more().batches().get();
            batchesRead = now;
        }
        return batches;
    }
}
