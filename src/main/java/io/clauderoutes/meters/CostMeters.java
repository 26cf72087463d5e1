package io.clauderoutes.meters;

import io.micrometer.core.instrument.Tags;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** Costs and budgets. */
public final class CostMeters {

    private static final double MICRO = 1_000_000;

    private final LongAdder spent = new LongAdder();
    private final MeterSeries series;

    CostMeters(MeterSeries series) {
        this.series = series;
    }

    /** A call's last row is safe: {@code claude.cost{endpoint,tenant,model}} in US dollars, whatever came of the reply. */
    public void cost(String endpoint, String tenant, String model, long microUsd) {
        series.dollars(
                        "claude.cost",
                        "endpoint",
                        endpoint,
                        "tenant",
                        series.tenant(tenant),
                        "model",
                        series.model(model))
                .increment(microUsd / MICRO);
        spent.add(microUsd);
    }

    /** Cost of all calls since the start, in micro-dollars. */
    public long spentMicroUsd() {
        return spent.sum();
    }

    /** {@code claude.budget.left{tenant}}: dollars that a tenant may still spend in this period, less what calls under way can cost. */
    public void budgetLeft(String tenant, Supplier<OptionalLong> microUsd) {
        series.dollarsLeft(
                "claude.budget.left",
                "dollars that the tenant may still spend in this period",
                Tags.of("tenant", tenant),
                () -> dollars(microUsd.get()));
    }

    /** Not a number where there is no budget any more. */
    private static double dollars(OptionalLong microUsd) {
        return microUsd.isPresent() ? microUsd.getAsLong() / MICRO : Double.NaN;
    }
}
