package io.clauderoutes.settings;

import java.net.URI;

/**
 * Traces of requests.
 *
 * @param endpoint where spans are sent, by OTLP over HTTP
 * @param serviceName name of the process in traces
 * @param samplePercent share of the traces that begin here and are sent
 * @param propagates whether calls to endpoints name the trace
 */
public record TracingSettings(
        boolean enabled, URI endpoint, String serviceName, int samplePercent, boolean propagates) {}
