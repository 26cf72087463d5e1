package io.clauderoutes.tracing;

import io.clauderoutes.settings.TracingSettings;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends spans to a receiver of OTLP, by HTTP with protobuf. They wait in a queue: what does not fit, and what the receiver does not take,
 * is dropped, and no request waits.
 */
public final class OtlpTraces implements OpenTelemetry, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(OtlpTraces.class);
    /** The library's own lines: one for each batch that fails. Stored in a field, because a logger without a reference loses its level. */
    private static final java.util.logging.Logger LIBRARY =
            java.util.logging.Logger.getLogger("io.opentelemetry.exporter");

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final double PERCENT = 100;

    private final SdkTracerProvider provider;

    public OtlpTraces(TracingSettings settings) {
        LIBRARY.setLevel(Level.OFF);
        SpanExporter exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(settings.endpoint().toString())
                .setTimeout(TIMEOUT)
                .setConnectTimeout(TIMEOUT)
                .setRetryPolicy(RetryPolicy.builder()
                        .setMaxAttempts(2)
                        .setInitialBackoff(Duration.ofMillis(100))
                        .build())
                .build();
        this.provider = SdkTracerProvider.builder()
                .setResource(Resource.getDefault().toBuilder()
                        .put(AttributeKey.stringKey("service.name"), settings.serviceName())
                        .build())
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(settings.samplePercent() / PERCENT)))
                .addSpanProcessor(BatchSpanProcessor.builder(new ReportingExporter(exporter, settings.endpoint()))
                        .setScheduleDelay(INTERVAL)
                        .setExporterTimeout(TIMEOUT)
                        .build())
                .build();
    }

    @Override
    public TracerProvider getTracerProvider() {
        return provider;
    }

    @Override
    public ContextPropagators getPropagators() {
        return ContextPropagators.noop();
    }

    /** Sends what is left, for a short time at most. */
    @Override
    public void close() {
        provider.shutdown().join(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }

    /** Logs the first failure, and the first success after it. */
    private record ReportingExporter(SpanExporter exporter, URI receiver, AtomicBoolean failing)
            implements SpanExporter {

        ReportingExporter(SpanExporter exporter, URI receiver) {
            this(exporter, receiver, new AtomicBoolean());
        }

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            CompletableResultCode result = exporter.export(spans);
            result.whenComplete(() -> {
                if (!result.isSuccess()) {
                    if (failing.compareAndSet(false, true)) {
                        LOG.warn(
                                "Traces cannot be sent to claude.tracing.otlp.endpoint={}: spans are dropped until it"
                                        + " takes them",
                                receiver);
                    }
                } else if (failing.compareAndSet(true, false)) {
                    LOG.info("Traces are sent to {} again", receiver);
                }
            });
            return result;
        }

        @Override
        public CompletableResultCode flush() {
            return exporter.flush();
        }

        @Override
        public CompletableResultCode shutdown() {
            return exporter.shutdown();
        }
    }
}
