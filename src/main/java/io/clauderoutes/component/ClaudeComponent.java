package io.clauderoutes.component;

import io.clauderoutes.source.UriValues;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;

/** Makes the endpoints {@code claude:messages}, {@code claude:batch}, {@code claude:redact} and {@code claude:tokens}. */
@Component("claude")
public class ClaudeComponent extends DefaultComponent {

    private static final Set<String> OF_EVERY_ENDPOINT = Set.of("lazyStartProducer");

    /** Options of all endpoints that do not set them. */
    @Metadata
    private ClaudeConfiguration configuration = new ClaudeConfiguration();

    public ClaudeConfiguration getConfiguration() {
        return configuration;
    }

    public void setConfiguration(ClaudeConfiguration configuration) {
        this.configuration = configuration;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        ClaudeOperation operation = ClaudeOperation.of(remaining)
                .orElseThrow(() -> new IllegalArgumentException("claude:" + remaining
                        + " does not exist. Write claude: and one of " + ClaudeOperation.words()));
        Map<String, Object> options = options(operation, parameters);
        parameters.clear();
        ClaudeEndpoint endpoint = new ClaudeEndpoint(uri, this, operation, configuration.copy());
        setProperties(endpoint, options);
        return endpoint;
    }

    /** The options as they are meant: an empty one counts as not set, as parameters of kamelets are. */
    private static Map<String, Object> options(ClaudeOperation operation, Map<String, Object> parameters) {
        Map<String, Object> options = new HashMap<>();
        parameters.forEach((name, value) -> {
            if (!operation.options().contains(name) && !OF_EVERY_ENDPOINT.contains(name)) {
                throw new IllegalArgumentException("claude:" + operation.word() + " has no option " + name
                        + ". Its options are: " + String.join(", ", operation.options())
                        + ". Write RAW(...) around a value with &");
            }
            Object decoded = UriValues.decoded(value);
            if (!String.valueOf(decoded).isEmpty()) {
                options.put(name, decoded);
            }
        });
        return options;
    }
}
