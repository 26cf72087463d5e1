package io.clauderoutes.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.OutputSchema;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.ToolUse;
import io.clauderoutes.store.Sql;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A prompt as a row of the file. With its item it is read without what it asks, which may be large. */
final class PromptRow {

    private static final String WITH_ITEM = """
            SELECT item.id, item.batch, item.begun_ms, prompt.id AS prompt, stored_ms, tries, bytes, source, headers, prompt_id, name,
                tenant, session, strategy, sinks, model, max_tokens, redact_policy, output_schema, checks
            FROM item JOIN prompt ON prompt.id = item.prompt AND prompt.item = item.id AND prompt.state = 'sent'
            """;

    private final MessageJson json;

    PromptRow(MessageJson json) {
        this.json = json;
    }

    /** Writes a prompt that waits; false if its source has brought it before. */
    boolean insert(Connection connection, Waiting waiting, long now) throws SQLException {
        Prompt prompt = waiting.prompt();
        Prompt.Options options = prompt.options();
        byte[] body = prompt.request().json().bytes();
        return 1
                == Sql.update(
                        connection,
                        "INSERT INTO prompt (source, message_id, state, since_ms, bytes, stored_ms, prompt_id, name, tenant,"
                                + " session, strategy, sinks, headers, model, max_tokens, redact_policy, output_schema, checks, body)"
                                + " VALUES (?,?,'waiting',?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
                        waiting.source(),
                        waiting.messageId().orElse(null),
                        now,
                        body.length,
                        now,
                        prompt.id(),
                        options.name(),
                        options.tenant(),
                        options.conversation().session().orElse(null),
                        options.delivery().strategy().name(),
                        String.join(",", options.delivery().sinks()),
                        waiting.headers().isEmpty()
                                ? null
                                : new String(json.bytesOf(waiting.headers()), StandardCharsets.UTF_8),
                        prompt.request().model(),
                        prompt.request().maxTokens(),
                        waiting.redactPolicy().orElse(null),
                        options.replyRules().output().map(OutputSchema::text).orElse(null),
                        String.join(",", options.replyRules().checks()),
                        body);
    }

    List<Item> items(Connection connection, String where, Object... values) throws SQLException {
        return Sql.all(connection, WITH_ITEM + where, this::item, values);
    }

    private Item item(ResultSet row) throws SQLException {
        String sinks = row.getString("sinks");
        String checks = row.getString("checks");
        Prompt.Options options = new Prompt.Options(
                row.getString("tenant"),
                new Prompt.Conversation(Optional.ofNullable(row.getString("session")), Prompt.Memory.OFF),
                new Prompt.DeliveryOptions(
                        Prompt.Strategy.valueOf(row.getString("strategy")),
                        sinks.isEmpty() ? List.of() : List.of(sinks.split(","))),
                Prompt.CacheUse.BYPASS,
                row.getString("name"),
                new Prompt.ReplyRules(
                        Optional.ofNullable(row.getString("output_schema")).map(json::outputSchema),
                        checks.isEmpty() ? List.of() : List.of(checks.split(","))),
                ToolUse.NONE);
        return new Item(
                row.getLong("id"),
                row.getLong("batch"),
                row.getLong("begun_ms"),
                new Item.StoredPrompt(
                        row.getLong("prompt"), row.getLong("stored_ms"), row.getInt("tries"), row.getLong("bytes")),
                new Item.Origin(
                        row.getString("source"),
                        Optional.ofNullable(row.getString("redact_policy")),
                        headers(row.getString("headers"))),
                new Prompt(
                        row.getString("prompt_id"),
                        new MessagesRequest(
                                new Frame(new byte[0]), row.getString("model"), row.getLong("max_tokens"), false),
                        options,
                        Map.of()));
    }

    private Map<String, Object> headers(String text) {
        Map<String, Object> headers = new HashMap<>();
        if (text != null) {
            JsonNode all = json.value(text).orElseGet(json::newObject);
            if (all instanceof ObjectNode object) {
                object.properties().forEach(header -> headers.put(header.getKey(), value(header.getValue())));
            }
        }
        return headers;
    }

    private static Object value(JsonNode value) {
        if (value.isBoolean()) {
            return value.booleanValue();
        }
        return value.isNumber() ? value.numberValue() : value.asText();
    }
}
