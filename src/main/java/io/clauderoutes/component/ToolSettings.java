package io.clauderoutes.component;

import io.clauderoutes.agent.ToolOptions;
import io.clauderoutes.agent.ToolSchema;
import io.clauderoutes.message.ToolSpec;
import io.clauderoutes.source.ResourceText;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.util.TimeUtils;

/** Reads the options of a route's tool. */
final class ToolSettings {

    private static final Pattern DURATION = Pattern.compile("\\d{1,9}(ms|s|m|h)?");

    private ToolSettings() {}

    /**
     * The options of a tool.
     *
     * @throws IllegalArgumentException if an option is missing or cannot be; the message names it
     */
    static ToolOptions of(String name, ClaudeToolConfiguration options, CamelContext context) {
        try {
            String description = options.getDescription();
            if (description == null || description.isBlank()) {
                throw new IllegalArgumentException(
                        "description is missing: expected a text that says what the tool does and when to use it");
            }
            ToolSchema schema = schema(options, context);
            boolean strict = Boolean.TRUE.equals(options.getStrict());
            return new ToolOptions(
                    new ToolSpec(name, description, schema.json(), strict),
                    schema,
                    Set.copyOf(OptionHeaders.texts(options.getTags())),
                    Optional.ofNullable(options.getTimeout()).map(ToolSettings::duration));
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("claude-tool:" + name + ": " + wrong.getMessage(), wrong);
        }
    }

    private static ToolSchema schema(ClaudeToolConfiguration options, CamelContext context) {
        boolean hasParameters =
                options.getParameters() != null && !options.getParameters().isEmpty();
        long ways = Stream.of(options.getSchema() != null, options.getParametersClass() != null, hasParameters)
                .filter(set -> set)
                .count();
        if (ways > 1) {
            throw new IllegalArgumentException(
                    "the input is described twice: expected one of schema, parametersClass and parameter.<name>");
        }
        if (options.getParametersClass() != null) {
            return ToolSchema.ofClass(type(options.getParametersClass(), context));
        }
        if (options.getSchema() != null) {
            return ToolSchema.ofText(text(options.getSchema(), context));
        }
        return ToolSchema.ofParameters(hasParameters ? options.getParameters() : Map.of());
    }

    private static Class<?> type(String name, CamelContext context) {
        try {
            return context.getClassResolver().resolveMandatoryClass(name);
        } catch (ClassNotFoundException absent) {
            throw new IllegalArgumentException("parametersClass=" + name + " is not on the class path", absent);
        }
    }

    private static String text(String schema, CamelContext context) {
        try {
            return ResourceText.of(schema, context);
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(
                    "schema=" + schema + " cannot be read (" + unreadable.getMessage() + ")", unreadable);
        }
    }

    private static Duration duration(String value) {
        if (DURATION.matcher(value).matches()) {
            long millis = TimeUtils.toMilliSeconds(value);
            if (millis > 0) {
                return Duration.ofMillis(millis);
            }
        }
        throw new IllegalArgumentException("timeout=" + value + ": expected a duration such as 30s");
    }
}
