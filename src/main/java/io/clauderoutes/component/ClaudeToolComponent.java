package io.clauderoutes.component;

import io.clauderoutes.source.UriValues;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.util.PropertiesHelper;

/** Makes the endpoints {@code claude-tool:name}, by which routes become tools of the model. */
@Component("claude-tool")
public class ClaudeToolComponent extends DefaultComponent {

    private static final String PARAMETER = "parameter.";

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        parameters.replaceAll((name, value) -> UriValues.decoded(value));
        Map<String, Object> ofInput = PropertiesHelper.extractProperties(parameters, PARAMETER);
        ClaudeToolConfiguration configuration = new ClaudeToolConfiguration();
        ClaudeToolEndpoint endpoint = new ClaudeToolEndpoint(uri, this, remaining, configuration);
        Map<String, Object> options = new HashMap<>(parameters);
        options.values().removeIf(value -> String.valueOf(value).isEmpty());
        parameters.clear();
        setProperties(endpoint, options);
        if (!options.isEmpty()) {
            throw new IllegalArgumentException("claude-tool:" + remaining + " has no option "
                    + String.join(", ", options.keySet())
                    + ". Its options are: description, schema, parametersClass, parameter.<name>, tags, timeout, strict."
                    + " Write RAW(...) around a value with &");
        }
        configuration.setParameters(ofInput);
        return endpoint;
    }
}
