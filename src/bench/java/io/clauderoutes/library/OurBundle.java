package io.clauderoutes.library;

import io.clauderoutes.ClaudeHeaders;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.LongAdder;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;

/** {@code direct:claude} of this bundle in a Camel application, everything on; pieces go to a sink. */
final class OurBundle implements ClaudeLibrary {

    private final CamelContext context = new DefaultCamelContext();
    private final Pieces pieces = new Pieces();
    private final ProducerTemplate template;
    private final Endpoint door;

    OurBundle(String url) {
        Properties settings = new Properties();
        settings.setProperty("claude.credentials.main.key", "sk-ant-benchmark");
        settings.setProperty("claude.endpoints.primary.url", url);
        settings.setProperty("claude.routes", "");
        settings.setProperty("claude.sinks.pieces.uri", "bean:pieces?method=take");
        settings.setProperty("claude.sinks.pieces.chunks", "true");
        context.disableJMX();
        context.getPropertiesComponent().setInitialProperties(settings);
        context.getRegistry().bind("pieces", pieces);
        context.start();
        template = context.createProducerTemplate();
        door = context.getEndpoint("direct:claude");
    }

    @Override
    public void whole(String prompt) {
        template.requestBodyAndHeader(door, prompt, ClaudeHeaders.STREAM, false);
    }

    @Override
    public void stream(String prompt) {
        template.requestBodyAndHeaders(door, prompt, Map.of(ClaudeHeaders.STREAM, true, ClaudeHeaders.SINKS, "pieces"));
    }

    @Override
    public long pieces() {
        return pieces.taken.sum();
    }

    @Override
    public void close() {
        context.stop();
    }

    /** Takes pieces, and does nothing with them. */
    public static final class Pieces {
        private final LongAdder taken = new LongAdder();

        public void take(String piece) {
            if (!piece.isEmpty()) {
                taken.increment();
            }
        }
    }
}
