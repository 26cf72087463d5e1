package io.clauderoutes.bundle;

import io.clauderoutes.settings.TracingSettings;
import io.clauderoutes.tracing.OtlpTraces;
import io.clauderoutes.tracing.Tracing;
import io.opentelemetry.api.OpenTelemetry;

/** The spans of requests: by the application's own OpenTelemetry, or sent to {@code claude.tracing.otlp.endpoint}. */
final class TracingWiring {

    private TracingWiring() {}

    static Tracing tracing(Wiring wiring) {
        TracingSettings settings = wiring.settings().operation().tracing();
        if (!settings.enabled()) {
            return Tracing.OFF;
        }
        OpenTelemetry telemetry = wiring.context().getRegistry().findSingleByType(OpenTelemetry.class);
        Tracing tracing = new Tracing(
                telemetry == null ? wiring.closing(new OtlpTraces(settings)) : telemetry, settings.propagates());
        wiring.context().addRoutePolicyFactory(new StageSpans(tracing));
        return tracing;
    }
}
