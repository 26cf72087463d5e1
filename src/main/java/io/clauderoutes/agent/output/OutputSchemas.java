package io.clauderoutes.agent.output;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.clauderoutes.check.json.SchemaCheck;
import io.clauderoutes.check.json.Violation;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.OutputSchema;
import io.clauderoutes.settings.OptionalLibrary;
import java.util.List;

/** The schemas in use, by their text. Each is prepared once, and the most recent ones are kept. */
public final class OutputSchemas {

    private static final int MOST_KEPT = 200;

    private final MessageJson json;
    private final Cache<String, Prepared> prepared =
            Caffeine.newBuilder().maximumSize(MOST_KEPT).executor(Runnable::run).build();

    private record Prepared(OutputSchema schema, SchemaCheck check) {}

    public OutputSchemas(MessageJson json) {
        this.json = json;
    }

    /**
     * The schema that a text is.
     *
     * @throws IllegalArgumentException if it is no valid schema, the API cannot take it, or the library is absent; the message says which
     */
    public OutputSchema of(String text) {
        return prepared(text).schema();
    }

    private Prepared prepared(String text) {
        return prepared.get(text, this::prepare);
    }

    private Prepared prepare(String text) {
        if (!OptionalLibrary.JSON_SCHEMA.isPresent()) {
            throw new IllegalArgumentException(OptionalLibrary.JSON_SCHEMA.missingFor("an output schema"));
        }
        OutputSchema schema = json.outputSchema(text);
        return new Prepared(schema, SchemaCheck.of(text));
    }

    /** What in a reply does not fit a schema. */
    List<Violation> violations(OutputSchema schema, String reply) {
        return prepared(schema.text()).check().violations(reply);
    }
}
