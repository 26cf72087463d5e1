package io.clauderoutes.bundle;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.request.Request;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.spi.TypeConverterRegistry;
import org.apache.camel.support.TypeConverterSupport;

/** {@code message.getBody(JsonNode.class)} and {@code getBody(Map.class)} of a reply that fits its output schema; no other text. */
final class OutputConverter extends TypeConverterSupport {

    private final ObjectMapper json = new ObjectMapper();

    private OutputConverter() {}

    /** Adds the converter, unless the application has converters of these types. */
    static void addTo(CamelContext context) {
        TypeConverterRegistry registry = context.getTypeConverterRegistry();
        OutputConverter converter = new OutputConverter();
        for (Class<?> type : new Class<?>[] {JsonNode.class, Map.class}) {
            if (registry.lookup(type, String.class) == null) {
                registry.addTypeConverter(type, String.class, converter);
            }
        }
    }

    @Override
    public <T> T convertTo(Class<T> type, Exchange exchange, Object value) {
        Request request = exchange == null ? null : Request.of(exchange);
        if (request == null || request.prompt().options().replyRules().output().isEmpty()) {
            return null;
        }
        boolean isReply = request.progress()
                .reply()
                .filter(reply -> reply.text().equals(value))
                .isPresent();
        try {
            return isReply ? json.readValue(value.toString(), type) : null;
        } catch (JsonProcessingException notJson) {
            return null;
        }
    }
}
