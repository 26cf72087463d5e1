package io.clauderoutes.tracing;

import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/** Receives spans by OTLP over HTTP, in the process of the test. */
final class OtlpReceiver implements AutoCloseable {

    private final List<Received> spans = new CopyOnWriteArrayList<>();
    private final List<String> services = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    /** A span with its ids and attributes as text. */
    record Received(
            String name,
            String trace,
            String id,
            String parent,
            long startNanos,
            long endNanos,
            Span.SpanKind kind,
            boolean failed,
            Map<String, String> attributes,
            List<String> links) {

        static Received of(Span span) {
            return new Received(
                    span.getName(),
                    hex(span.getTraceId().toByteArray()),
                    hex(span.getSpanId().toByteArray()),
                    hex(span.getParentSpanId().toByteArray()),
                    span.getStartTimeUnixNano(),
                    span.getEndTimeUnixNano(),
                    span.getKind(),
                    span.getStatus().getCodeValue() == 2,
                    span.getAttributesList().stream()
                            .collect(Collectors.toMap(each -> each.getKey(), each -> text(each.getValue()))),
                    span.getLinksList().stream()
                            .map(link -> hex(link.getTraceId().toByteArray()))
                            .toList());
        }

        private static String hex(byte[] id) {
            return HexFormat.of().formatHex(id);
        }

        private static String text(AnyValue value) {
            return switch (value.getValueCase()) {
                case STRING_VALUE -> value.getStringValue();
                case INT_VALUE -> Long.toString(value.getIntValue());
                case DOUBLE_VALUE -> Double.toString(value.getDoubleValue());
                case ARRAY_VALUE ->
                    value.getArrayValue().getValuesList().stream()
                            .map(Received::text)
                            .collect(Collectors.joining(","));
                default -> value.toString();
            };
        }
    }

    OtlpReceiver() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
        server.createContext("/v1/traces", exchange -> {
            try (exchange) {
                boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("content-encoding"));
                ExportTraceServiceRequest request = ExportTraceServiceRequest.parseFrom(
                        zipped ? new GZIPInputStream(exchange.getRequestBody()) : exchange.getRequestBody());
                request.getResourceSpansList().forEach(resource -> {
                    resource.getResource().getAttributesList().stream()
                            .filter(each -> each.getKey().equals("service.name"))
                            .forEach(each -> services.add(each.getValue().getStringValue()));
                    resource.getScopeSpansList()
                            .forEach(scope -> scope.getSpansList().forEach(span -> spans.add(Received.of(span))));
                });
                exchange.sendResponseHeaders(200, -1);
            }
        });
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces";
    }

    List<Received> spans() {
        return spans;
    }

    List<String> services() {
        return services;
    }

    List<Received> named(String name) {
        return spans.stream().filter(span -> span.name().equals(name)).toList();
    }

    /** The only span of a name. */
    Received one(String name) {
        List<Received> all = named(name);
        if (all.size() != 1) {
            throw new AssertionError(name + ": " + all + " of " + spans);
        }
        return all.get(0);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
