package io.clauderoutes.settings;

/** Settings for operators: route files, records, logs and the simulator. */
public record OperationSettings(
        RoutesSettings routes,
        LedgerSettings ledger,
        LogSettings log,
        TracingSettings tracing,
        BundledSimulatorSettings simulator) {}
