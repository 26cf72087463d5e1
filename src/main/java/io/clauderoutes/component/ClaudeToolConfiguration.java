package io.clauderoutes.component;

import java.util.Map;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriParams;

/** The options of a tool. An option that is not set is null. */
@UriParams
public class ClaudeToolConfiguration {

    /** What the tool does and when to use it, for the model. */
    @UriParam
    @Metadata(required = true)
    private String description;

    /**
     * JSON schema of the input, which is an object: a text, or the location of a text in UTF-8 as resource:classpath:name or
     * resource:file:name, which is read when the endpoint starts.
     */
    @UriParam
    @Metadata(largeInput = true, supportFileReference = true)
    private String schema;

    /** Class whose properties are the input, a record or a bean. The body of the route is an instance of it. */
    @UriParam
    private String parametersClass;

    /**
     * The parameters of the input, each with its type: string, number, integer or boolean. A parameter has a description, values
     * (enum) and whether it is required as parameter.name.description, parameter.name.enum and parameter.name.required.
     */
    @UriParam(prefix = "parameter.", multiValue = true)
    private Map<String, Object> parameters;

    /** Words, separated by commas, by which prompts select the tool beside its name. */
    @UriParam
    private String tags;

    /** How long a call may take, such as 30s. If it is not set, claude.agent.tool-timeout applies. */
    @UriParam
    private String timeout;

    /** Whether the API keeps the model to the schema of the input. The schema must be one that the API takes for that. */
    @UriParam(label = "advanced", defaultValue = "false")
    private Boolean strict;

    public String getDescription() {
        return description;
    }

    public void setDescription(String description) {
        this.description = description;
    }

    public String getSchema() {
        return schema;
    }

    public void setSchema(String schema) {
        this.schema = schema;
    }

    public String getParametersClass() {
        return parametersClass;
    }

    public void setParametersClass(String parametersClass) {
        this.parametersClass = parametersClass;
    }

    public Map<String, Object> getParameters() {
        return parameters;
    }

    public void setParameters(Map<String, Object> parameters) {
        this.parameters = parameters;
    }

    public String getTags() {
        return tags;
    }

    public void setTags(String tags) {
        this.tags = tags;
    }

    public String getTimeout() {
        return timeout;
    }

    public void setTimeout(String timeout) {
        this.timeout = timeout;
    }

    public Boolean getStrict() {
        return strict;
    }

    public void setStrict(Boolean strict) {
        this.strict = strict;
    }
}
