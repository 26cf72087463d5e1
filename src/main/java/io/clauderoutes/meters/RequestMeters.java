package io.clauderoutes.meters;

import io.clauderoutes.Usage;
import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Requests by their end, and the tokens of their replies. */
public final class RequestMeters {

    /** Endpoints, tenants and models that were seen together. */
    private static final int MOST_SEEN = 300;

    private static final List<String> RESULTS = List.of("answered", "failed", "refused", "abandoned");
    /** Types of failures that are at zero from the start, so that the first burst of one is visible to {@code rate()}. */
    private static final List<String> TYPES = List.of(
            "api_error",
            "authentication_error",
            "invalid_request_error",
            "overloaded_error",
            "permission_error",
            "rate_limit_error",
            "request_too_large",
            "sink_failed",
            "timeout_error");

    private static final String MODEL = "gen_ai.request.model";
    private static final String ERROR = "error.type";

    private final Set<List<String>> seen = ConcurrentHashMap.newKeySet();
    private final MeterSeries series;

    RequestMeters(MeterSeries series) {
        this.series = series;
    }

    /** Creates the series of tenants, at zero. */
    void begin(Set<String> tenants) {
        for (String tenant : tenants) {
            RESULTS.forEach(result -> requests(result, tenant));
        }
    }

    /** Creates the series of failures, at zero. */
    void begin(String endpoint, String tenant, String model) {
        TYPES.forEach(type -> failures(endpoint, tenant, model, type));
    }

    /**
     * A request ended: {@code claude.requests{result,tenant}}, result {@code answered}, {@code failed}, {@code refused} (the fault is in
     * the request or its budget) or {@code abandoned} (the client left).
     */
    public void ended(String result, String tenant) {
        requests(result, tenant).increment();
    }

    /**
     * One request was answered: {@code gen_ai.client.operation.duration} and {@code …time_to_first_chunk}. A request without content
     * before its end has no time to the first chunk.
     */
    public void answered(String modelId, Duration duration, Optional<Duration> timeToFirst) {
        String model = series.model(modelId);
        series.timer("gen_ai.client.operation.duration", MODEL, model, ERROR, "")
                .record(duration);
        timeToFirst.ifPresent(first -> series.timer("gen_ai.client.operation.time_to_first_chunk", MODEL, model)
                .record(first));
    }

    /** One request failed: {@code gen_ai.client.operation.duration} with {@code error.type}. */
    public void notAnswered(String modelId, String type, Duration duration) {
        series.timer("gen_ai.client.operation.duration", MODEL, series.model(modelId), ERROR, series.type(type))
                .record(duration);
    }

    /**
     * A reply came whole: {@code gen_ai.client.token.usage}. Tokens count only where the endpoint stated them, and not for replies from
     * the cache. It moves before the sinks have the reply, so that a sink that fails does not hide what was paid.
     */
    public void tokens(String modelId, Usage usage) {
        String model = series.model(modelId);
        usage.totalInput().ifPresent(tokens -> tokens(model, "input", tokens));
        usage.output().ifPresent(tokens -> tokens(model, "output", tokens));
    }

    private void tokens(String model, String type, long tokens) {
        series.tokens("gen_ai.client.token.usage", MODEL, model, "gen_ai.token.type", type)
                .record((double) tokens);
    }

    /**
     * A request failed for good, after all its calls: {@code claude.failures{endpoint,tenant,model,type}}, type as in the API's errors.
     * A tag is {@code none} where the request has no endpoint, tenant or model yet.
     */
    public void failed(String endpoint, String tenant, String model, String type) {
        failures(endpoint, tenant, model, type).increment();
    }

    /**
     * A request was answered: creates the series of the failures that a next one could have, at zero. Tenants and models may come
     * from outside, so it does so for a bounded number only.
     */
    public void seen(String endpoint, String tenant, String model) {
        if (seen.size() < MOST_SEEN && seen.add(List.of(endpoint, series.tenant(tenant), series.model(model)))) {
            begin(endpoint, tenant, model);
            begin(Set.of(tenant));
        }
    }

    private Counter requests(String result, String tenant) {
        return series.counter("claude.requests", "result", result, "tenant", series.tenant(tenant));
    }

    private Counter failures(String endpoint, String tenant, String model, String type) {
        return series.counter(
                "claude.failures",
                "endpoint",
                endpoint,
                "tenant",
                series.tenant(tenant),
                "model",
                series.model(model),
                "type",
                series.type(type));
    }
}
