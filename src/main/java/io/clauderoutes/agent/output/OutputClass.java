package io.clauderoutes.agent.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.JsonModules;
import io.clauderoutes.settings.OptionalLibrary;
import java.lang.reflect.Modifier;
import java.util.List;

/** A class whose instances replies become: its schema, and the instance that a reply is. */
public final class OutputClass {

    private static final int UNPROCESSABLE = 422;

    private final Class<?> type;
    private final ObjectMapper json;
    private final String schema;

    private OutputClass(Class<?> type, ObjectMapper json, String schema) {
        this.type = type;
        this.json = json;
        this.schema = schema;
    }

    /**
     * The class with its schema. Modules of Jackson on the class path are used, such as those for {@code Optional} and dates.
     *
     * @throws IllegalArgumentException if no reply can be an instance of it, or the library is absent
     */
    public static OutputClass of(Class<?> type) {
        return of(type, "outputClass");
    }

    /**
     * The same for another option that names the class.
     *
     * @param option its name, for messages
     */
    public static OutputClass of(Class<?> type, String option) {
        if (!OptionalLibrary.CLASS_SCHEMA.isPresent()) {
            throw new IllegalArgumentException(OptionalLibrary.CLASS_SCHEMA.missingFor(option));
        }
        if (type.isPrimitive()
                || type.isArray()
                || type.isEnum()
                || type.getName().startsWith("java.")) {
            throw new IllegalArgumentException(option + "=" + type.getName()
                    + " is not a class of yours: expected a record or a class with properties");
        }
        ObjectMapper json = JsonModules.builder()
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .build();
        boolean isOpen = type.isInterface() || Modifier.isAbstract(type.getModifiers());
        if (isOpen && !type.isAnnotationPresent(com.fasterxml.jackson.annotation.JsonTypeInfo.class)) {
            throw new IllegalArgumentException(option + "=" + type.getName()
                    + " has no instances: expected a record or a class, or @JsonTypeInfo on the type");
        }
        return new OutputClass(type, json, ClassSchema.of(type, json));
    }

    /** The JSON schema of the class. */
    public String schema() {
        return schema;
    }

    /**
     * The instance that a reply is.
     *
     * @throws ClaudeException.InvalidOutput if the class refuses the values
     */
    public Object instance(String reply) {
        try {
            return json.readValue(reply, type);
        } catch (JsonProcessingException refused) {
            String why = "the reply fits its schema and cannot be an instance of " + type.getName() + " ("
                    + refused.getClass().getSimpleName() + ")";
            throw new ClaudeException.InvalidOutput(
                    ApiError.ours(UNPROCESSABLE, "invalid_output", why), List.of(why), reply);
        }
    }
}
