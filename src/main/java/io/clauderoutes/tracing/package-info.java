/**
 * Spans of requests by the API of OpenTelemetry, and their way to a receiver of OTLP. The library that sends them is loaded only where
 * it is used.
 */
package io.clauderoutes.tracing;
