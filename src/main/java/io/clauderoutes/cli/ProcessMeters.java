package io.clauderoutes.cli;

import io.clauderoutes.meters.ClaudeMeters;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;

/** Meters of the process of a standalone bundle: memory, garbage collection, threads, processors, files, and the build. */
public final class ProcessMeters {

    private static final double MILLIS = 1000;

    private ProcessMeters() {}

    public static void bindTo(MeterRegistry registry) {
        // Nanoseconds and a "count" that is none: Prometheus has neither.
        registry.config()
                .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
                .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            // JvmGcMetrics has listeners that somebody has to close.
            FunctionCounter.builder("jvm.gc.collection", collector, its -> its.getCollectionTime() / MILLIS)
                    .description("time in garbage collections")
                    .baseUnit("seconds")
                    .tags("collector", collector.getName())
                    .register(registry);
        }
        ClaudeMeters.build(registry, ClaudeRoutes.version(), Runtime.version().toString());
    }
}
