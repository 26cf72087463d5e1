package io.clauderoutes.source;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.settings.NamedSourceSettings;
import java.io.File;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.component.file.GenericFile;

/**
 * The first step of every source: headers from outside are dropped unless they are allowed, and the source's own options take
 * their place. A file's name is taken from the file, never from a header.
 */
final class SourceMessage implements Processor {

    /** Exchange property: the body as it came, for the dead letters. */
    static final String BODY = "claudeSourceBody";

    /** Exchange property: what was attached to the body, for the dead letters. */
    static final String ATTACHMENTS = "claudeSourceAttachments";

    /** Exchange property: what a message without an id is known by if it fails and comes again. */
    static final String FAILURE_ID = "claudeSourceFailureId";

    /** Exchange property: the headers as they came, as texts, for a template. */
    static final String HEADERS = "claudeSourceHeaders";

    /** In lower case, because brokers and HTTP have names in any case. */
    private final Set<String> allowed;

    private final SourceIds ids = new SourceIds();
    private final Set<String> exact;
    private final Map<String, Object> options;
    private final String prompt;
    private final Optional<String> redactPolicy;
    private final List<String> tools;

    /** @param outputSchema text of the schema that replies have to fit */
    SourceMessage(
            NamedSourceSettings source, Iterable<String> sinks, Set<String> allowed, Optional<String> outputSchema) {
        this.allowed =
                allowed.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
        this.exact = Set.copyOf(allowed);
        this.options = options(source, sinks, outputSchema);
        this.prompt = source.prompt().fallback();
        this.redactPolicy = source.reply().redactPolicy();
        this.tools = source.request().tools();
    }

    private static Map<String, Object> options(
            NamedSourceSettings source, Iterable<String> sinks, Optional<String> outputSchema) {
        Map<String, Object> options = new HashMap<>();
        options.put(ClaudeHeaders.SINKS, String.join(",", sinks));
        options.put(ClaudeHeaders.TENANT, source.request().tenant());
        options.put(ClaudeHeaders.CACHE, source.request().cache().name().toLowerCase(Locale.ROOT));
        options.put(ClaudeHeaders.FORMAT, source.prompt().format().name());
        source.reply()
                .strategy()
                .ifPresent(strategy ->
                        options.put(ClaudeHeaders.STRATEGY, strategy.name().toLowerCase(Locale.ROOT)));
        if (!source.prompt().model().isEmpty()) {
            options.put(ClaudeHeaders.MODEL, source.prompt().model());
        }
        if (!source.request().tools().isEmpty()) {
            options.put(ClaudeHeaders.TOOLS, String.join(",", source.request().tools()));
        }
        if (source.prompt().maxTokens() > 0) {
            options.put(ClaudeHeaders.MAX_TOKENS, source.prompt().maxTokens());
        }
        if (!source.prompt().system().isEmpty()) {
            options.put(ClaudeHeaders.SYSTEM, source.prompt().system());
        }
        source.prompt().template().ifPresent(template -> options.put(ClaudeHeaders.TEMPLATE, template));
        if (source.request().memory()) {
            options.put(ClaudeHeaders.MEMORY, true);
        }
        source.reply()
                .checks()
                .ifPresent(checks ->
                        options.put(ClaudeHeaders.CHECKS, checks.isEmpty() ? "none" : String.join(",", checks)));
        outputSchema.ifPresent(schema -> options.put(ClaudeHeaders.OUTPUT_SCHEMA, schema));
        return Map.copyOf(options);
    }

    @Override
    public void process(Exchange exchange) {
        Message message = exchange.getMessage();
        if (isGone(message.getBody())) {
            exchange.setRouteStop(true);
            return;
        }
        redactPolicy.ifPresent(policy -> exchange.setProperty(ClaudeHeaders.REDACT_POLICY, policy));
        if (!tools.isEmpty()) {
            exchange.setProperty(ClaudeHeaders.ROUTE_TOOLS, tools);
        }
        Optional<String> id = ids.of(message);
        Optional<String> failureId = id.isPresent() ? Optional.empty() : ids.ofFailure(exchange);
        if (options.containsKey(ClaudeHeaders.TEMPLATE)) {
            exchange.setProperty(HEADERS, TemplateValues.texts(message.getHeaders()));
        }
        Map<String, Object> kept = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        message.getHeaders().forEach((name, value) -> {
            // A header of the bundle that is allowed counts in its own spelling alone.
            if (ClaudeHeaders.isOurs(name) ? exact.contains(name) : allowed.contains(name.toLowerCase(Locale.ROOT))) {
                kept.put(name, value);
            }
        });
        kept.putAll(options);
        if (message.getBody() instanceof GenericFile<?> file) {
            kept.put(ClaudeHeaders.NAME, file.getRelativeFilePath());
        }
        if (message.getBody() == null && !prompt.isEmpty()) {
            message.setBody(prompt);
        }
        exchange.setProperty(BODY, message.getBody());
        DeadLetterBody.keepAttachments(exchange);
        ConsumerHeaders.keep(exchange);
        message.removeHeaders("*");
        message.getHeaders().putAll(kept);
        id.ifPresent(known -> exchange.setProperty(ClaudeHeaders.SOURCE_ID, known));
        failureId.ifPresent(known -> exchange.setProperty(FAILURE_ID, known));
    }

    /** Whether it is a file that was answered, and so moved away, after the folder had been listed. */
    private static boolean isGone(Object body) {
        return body instanceof GenericFile<?> file && file.getFile() instanceof File local && !local.exists();
    }
}
