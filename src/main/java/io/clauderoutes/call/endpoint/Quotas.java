package io.clauderoutes.call.endpoint;

import io.clauderoutes.settings.QuotaSettings;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** The quota of each model at one endpoint. Model ids are free text: beyond a bound all others share one quota. */
public final class Quotas {

    private static final int MOST_MODELS = 200;

    private final String endpoint;
    private volatile QuotaSettings settings;
    private final LongSupplier ticker;
    private final ConcurrentHashMap<String, Quota> models = new ConcurrentHashMap<>();
    private volatile Quota others;

    public Quotas(String endpoint, QuotaSettings settings, LongSupplier ticker) {
        this.endpoint = endpoint;
        this.settings = settings;
        this.ticker = ticker;
        this.others = new Quota(endpoint, settings, ticker);
    }

    /** Keeps other limits from now on. What the endpoint has asked for stays. */
    public void use(QuotaSettings limits) {
        if (!limits.equals(settings)) {
            settings = limits;
            others = others.with(limits);
            models.replaceAll((model, quota) -> quota.with(limits));
        }
    }

    /** How long the request has waited that waits longest; 0 while none does. */
    public long oldestWaitNanos() {
        return Stream.concat(models.values().stream(), Stream.of(others))
                .mapToLong(Quota::oldestWaitNanos)
                .max()
                .orElse(0);
    }

    public Quota of(String model) {
        Quota quota = models.get(model);
        if (quota != null) {
            return quota;
        }
        return models.size() >= MOST_MODELS
                ? others
                : models.computeIfAbsent(model, absent -> new Quota(endpoint, settings, ticker));
    }

    /** The smallest share of any limit that is left, of any model; 1 where no limit is known. */
    public double left() {
        return models.values().stream().mapToDouble(Quota::left).min().orElse(1);
    }
}
