package io.clauderoutes.console;

import io.clauderoutes.call.ObservedEndpoint;
import io.clauderoutes.call.ObservedEndpoint.Trouble;
import io.clauderoutes.call.ObservedEndpoint.TroubleKind;
import io.clauderoutes.console.Problem.FaultCost;
import io.clauderoutes.console.Problem.Severity;
import io.clauderoutes.credential.Credential;
import io.clauderoutes.ledger.BudgetState;
import io.clauderoutes.ledger.Ledger;
import io.clauderoutes.request.FailureLog;
import io.clauderoutes.request.Progress;
import io.clauderoutes.request.Request;
import io.clauderoutes.request.SinkStates;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Finds what fails now, since when, and what it has cost. Used by one thread. */
final class Problems {

    private static final Duration QUIET_REPLY = Duration.ofSeconds(15);
    private static final Duration LONG_WAIT = Duration.ofSeconds(5);
    private static final Set<String> LEDGER_FAILURES = Set.of("api_error", "overloaded_error");

    private final NowParts parts;
    private final SinceTimes times;

    Problems(NowParts parts, SinceTimes times) {
        this.parts = parts;
        this.times = times;
    }

    /** The problems of now: errors first, then the oldest first. */
    List<Problem> find(List<ObservedEndpoint> endpoints, List<Request> requests) {
        List<Problem> found = new ArrayList<>();
        endpoints.forEach(endpoint -> endpoint(endpoint, requests, found));
        credentials(endpoints, found);
        parts.ledger().ifPresent(ledger -> ledger(ledger, found));
        sinks(requests, found);
        quietReplies(requests, found);
        queue(requests, found);
        sources(found);
        parts.more()
                .batchTrouble()
                .get()
                .ifPresent(reason -> found.add(new Problem(
                        Severity.ERROR,
                        "batches",
                        "batches cannot go on",
                        reason,
                        Optional.empty(),
                        FaultCost.NONE,
                        "Check the disk of claude.data and the log.")));
        notices(found);
        found.sort(Comparator.comparing(Problem::severity)
                .thenComparing(problem -> problem.since().orElse(Instant.MAX)));
        return found;
    }

    private void endpoint(ObservedEndpoint endpoint, List<Request> requests, List<Problem> found) {
        for (Trouble trouble : endpoint.health().troubles()) {
            if (trouble.kind() == TroubleKind.CREDENTIAL) {
                continue;
            }
            String part = "endpoint " + endpoint.name();
            Instant since = times.of(part + trouble.kind(), trouble.lasting());
            List<Request> waiting = requests.stream()
                    .filter(request -> request.progress().endpoint().equals(endpoint.name()))
                    .filter(request -> !isReplying(request))
                    .toList();
            FaultCost cost = cost(since, failed -> failed.endpoint().equals(endpoint.name()), waiting, trouble.calls());
            found.add(
                    switch (trouble.kind()) {
                        case DEAD ->
                            new Problem(
                                    Severity.ERROR,
                                    part,
                                    "dead endpoint",
                                    trouble.reason(),
                                    Optional.of(since),
                                    cost,
                                    "Check " + endpoint.url() + " and the network to it. Probes bring it back.");
                        case SILENT ->
                            new Problem(
                                    Severity.ERROR,
                                    part,
                                    "silent endpoint",
                                    trouble.calls() + " " + trouble.reason(),
                                    Optional.of(since),
                                    cost,
                                    "The endpoint takes calls and sends nothing. A second endpoint, or"
                                            + " claude.call.hedge-after, serves requests meanwhile.");
                        case FAILING, CREDENTIAL ->
                            new Problem(
                                    Severity.WARNING,
                                    part,
                                    "failing calls",
                                    failing(trouble),
                                    Optional.of(since),
                                    cost,
                                    "The endpoint still gets calls. More failures eject it.");
                    });
        }
    }

    private static String failing(Trouble trouble) {
        return trouble.calls() == 0
                ? trouble.reason()
                : "the last " + trouble.calls() + (trouble.calls() == 1 ? " call" : " calls") + " failed: "
                        + trouble.reason();
    }

    private void credentials(List<ObservedEndpoint> endpoints, List<Problem> found) {
        Map<String, List<ObservedEndpoint>> users = endpoints.stream()
                .collect(Collectors.groupingBy(ObservedEndpoint::credential, LinkedHashMap::new, Collectors.toList()));
        parts.credentials().all().forEach((name, credential) -> {
            List<ObservedEndpoint> its = users.getOrDefault(name, List.of());
            Optional<Trouble> refused = its.stream()
                    .flatMap(endpoint -> endpoint.health().troubles().stream())
                    .filter(trouble -> trouble.kind() == TroubleKind.CREDENTIAL)
                    .max(Comparator.comparing(Trouble::lasting));
            Credential.Health health = credential.health();
            Optional<Duration> lasting = refused.map(Trouble::lasting)
                    .or(credential::failingFor)
                    .or(() -> health.usable() ? Optional.empty() : Optional.of(Duration.ZERO));
            if (lasting.isEmpty()) {
                return;
            }
            Instant since = times.of("credential " + name, lasting.get());
            Set<String> names = its.stream().map(ObservedEndpoint::name).collect(Collectors.toSet());
            boolean isExpired = refused.isPresent() || !health.usable();
            found.add(new Problem(
                    isExpired ? Severity.ERROR : Severity.WARNING,
                    "credential " + name,
                    isExpired ? "expired or refused credential" : "credential is not renewed",
                    refused.map(trouble -> trouble.reason() + "; " + health.detail())
                            .orElse(health.detail()),
                    Optional.of(since),
                    cost(
                            since,
                            failed -> names.contains(failed.endpoint())
                                    || failed.type().equals("authentication_error"),
                            List.of(),
                            refused.map(Trouble::calls).orElse(0)),
                    "Check claude.credentials." + name + ": a new key, or the token server."));
        });
    }

    private void ledger(Ledger ledger, List<Problem> found) {
        ledger.trouble().ifPresent(reason -> {
            boolean refuses = ledger.refusal().isPresent();
            Optional<Instant> since = ledger.troubleSince();
            found.add(new Problem(
                    refuses ? Severity.ERROR : Severity.WARNING,
                    "ledger",
                    "ledger not writable",
                    reason + (refuses ? ": calls are refused" : ": rows go to the spill file"),
                    since,
                    since.map(begun -> cost(
                                    begun,
                                    failed -> failed.endpoint().isEmpty() && LEDGER_FAILURES.contains(failed.type()),
                                    List.of(),
                                    0))
                            .orElse(FaultCost.NONE),
                    "Free space on the disk of claude.data, or bring the database of claude.ledger.url back."));
        });
        ledger.budgets().forEach((tenant, budget) -> {
            if (budget.refusedSince().isPresent()) {
                found.add(spentBudget(tenant, budget));
            }
        });
    }

    private Problem spentBudget(String tenant, BudgetState budget) {
        FailureLog.Loss loss = loss(
                budget.refusedSince().orElseThrow(),
                failed -> failed.tenant().equals(tenant) && failed.endpoint().isEmpty());
        long used = budget.limitMicroUsd() - budget.leftMicroUsd();
        return new Problem(
                Severity.ERROR,
                "budget of tenant " + tenant,
                "exhausted budget",
                "calls are refused: " + dollars(budget.leftMicroUsd()) + " of " + dollars(budget.limitMicroUsd())
                        + " per " + budget.period() + " are left, less than a call can cost, until " + budget.ends(),
                budget.refusedSince(),
                new FaultCost(loss.requests(), 0, 0, used),
                "Raise claude.budgets." + tenant + ".usd, or wait for the next period.");
    }

    private static String dollars(long microUsd) {
        return "$"
                + java.math.BigDecimal.valueOf(microUsd, 6).stripTrailingZeros().toPlainString();
    }

    private void sinks(List<Request> requests, List<Problem> found) {
        Map<String, SinkStates.Failing> failing = parts.traffic().sinks().failing();
        Map<String, SinkStates.Load> loads = parts.traffic().sinks().loads();
        Set<String> names = new LinkedHashSet<>(failing.keySet());
        names.addAll(loads.keySet());
        for (String name : names) {
            SinkStates.Failing failure = failing.get(name);
            SinkStates.Load load = loads.get(name);
            boolean isSlow = load != null && load.slowSince().isPresent();
            if (failure == null && !isSlow) {
                continue;
            }
            Instant since = failure != null ? failure.since() : load.slowSince().orElseThrow();
            List<Request> waiting = requests.stream()
                    .filter(request ->
                            request.prompt().options().delivery().sinks().contains(name))
                    .filter(Problems::isReplying)
                    .toList();
            long replies = load == null ? 0 : load.replies();
            String waits = load == null || load.messages() == 0
                    ? ""
                    : load.messages() + (load.messages() == 1 ? " message waits" : " messages wait") + ", room for "
                            + load.room() + ", the oldest since "
                            + load.oldest().orElse(since).truncatedTo(java.time.temporal.ChronoUnit.SECONDS);
            FailureLog.Loss loss = loss(since, failed -> failed.type().equals("sink_failed"));
            found.add(new Problem(
                    failure != null ? Severity.ERROR : Severity.WARNING,
                    "sink " + name,
                    failure != null ? "failing sink" : "slow sink",
                    failure != null ? failure.reason() + (waits.isEmpty() ? "" : "; " + waits) : waits,
                    Optional.of(since.truncatedTo(java.time.temporal.ChronoUnit.SECONDS)),
                    new FaultCost(
                            loss.requests(),
                            Math.max(replies, waiting.size())
                                    + (failure != null
                                            ? parts.more().undelivered().getAsLong()
                                            : 0),
                            0,
                            loss.costMicroUsd() + paid(waiting)),
                    "Check what claude.sinks." + name + ".uri leads to. Replies wait, or are kept for it."));
        }
    }

    private void quietReplies(List<Request> requests, List<Problem> found) {
        long now = parts.ticker().getAsLong();
        Map<String, List<Request>> quiet = requests.stream()
                .filter(Problems::isReplying)
                .filter(request -> request.progress().reply().isEmpty())
                .filter(request -> quietFor(request, now).compareTo(QUIET_REPLY) > 0)
                .collect(Collectors.groupingBy(request -> request.progress().endpoint()));
        quiet.forEach((endpoint, all) -> {
            Duration longest = all.stream()
                    .map(request -> quietFor(request, now))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
            String part = "endpoint " + endpoint;
            Instant since = times.of(part + "quiet", longest);
            found.add(new Problem(
                    Severity.WARNING,
                    part,
                    "silent endpoint",
                    all.size() + (all.size() == 1 ? " reply has" : " replies have")
                            + " begun, and no event has come since",
                    Optional.of(since),
                    new FaultCost(0, all.size(), all.size(), paid(all)),
                    "After claude.endpoints." + endpoint + ".idle-timeout the calls end."));
        });
    }

    private static Duration quietFor(Request request, long nowNanos) {
        Progress progress = request.progress();
        return Duration.ofNanos(nowNanos - progress.lastEventNanos().orElse(nowNanos));
    }

    private void queue(List<Request> requests, List<Problem> found) {
        long now = parts.ticker().getAsLong();
        List<Request> waiting = requests.stream()
                .filter(request -> !request.progress().isAdmitted())
                .toList();
        Duration longest = waiting.stream()
                .map(request -> Duration.ofNanos(now - request.startedNanos()))
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
        if (longest.compareTo(LONG_WAIT) > 0) {
            Instant since = times.of("throttle", longest);
            found.add(new Problem(
                    Severity.WARNING,
                    "throttle",
                    "requests wait for a permit",
                    waiting.size() + " of " + requests.size() + " requests wait",
                    Optional.of(since),
                    cost(since, failed -> failed.type().equals("rate_limit_error"), waiting, 0),
                    "Raise claude.throttle.in-flight or the limits of the tenant, if the endpoints allow it."));
        }
    }

    private void sources(List<Problem> found) {
        parts.traffic()
                .sources()
                .paused()
                .forEach((name, pause) -> found.add(new Problem(
                        Severity.WARNING,
                        "source " + name,
                        "paused source",
                        pause.kind() + ": " + pause.reason(),
                        Optional.of(pause.since()),
                        FaultCost.NONE,
                        "Its messages stay where they are until the cause is gone.")));
    }

    private void notices(List<Problem> found) {
        parts.more()
                .notices()
                .get()
                .forEach((name, text) -> found.add(
                        new Problem(Severity.WARNING, name, "notice", text, Optional.empty(), FaultCost.NONE, "")));
    }

    private FaultCost cost(Instant since, Predicate<FailureLog.Failed> kind, List<Request> waiting, long failedCalls) {
        FailureLog.Loss loss = loss(since, kind);
        return new FaultCost(loss.requests(), waiting.size(), failedCalls, loss.costMicroUsd() + paid(waiting));
    }

    private FailureLog.Loss loss(Instant since, Predicate<FailureLog.Failed> kind) {
        // The first failure of a fault may be reported a moment before the state that it leads to.
        Duration lasting = Duration.between(since, parts.clock().instant()).plusSeconds(1);
        return parts.traffic().failures().since(parts.ticker().getAsLong() - lasting.toNanos(), kind);
    }

    private static long paid(List<Request> requests) {
        return requests.stream()
                .mapToLong(request -> request.progress().costMicroUsd().orElse(0))
                .sum();
    }

    private static boolean isReplying(Request request) {
        return request.progress().reply().isPresent()
                || request.progress()
                        .attempt()
                        .filter(attempt -> attempt.isReplying())
                        .isPresent();
    }
}
