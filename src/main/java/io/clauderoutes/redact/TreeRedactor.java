package io.clauderoutes.redact;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Map;
import java.util.Set;

/** Redacts whole texts, such as those in a JSON tree. Ids, types, signatures and encoded data are left as they are, for others rely on them. */
@SuppressWarnings("ReferenceEquality") // a node that did not change is handed on as it is
final class TreeRedactor {

    private static final Set<String> LEFT_ALONE = Set.of(
            "type",
            "id",
            "tool_use_id",
            "name",
            "signature",
            "data",
            "media_type",
            "encrypted_content",
            "encrypted_index",
            "file_id",
            "role",
            "model",
            "stop_reason",
            "cache_control");

    private final RedactionPolicy policy;
    private final RedactionListener listener;
    private TextRedactor redactor;

    TreeRedactor(RedactionPolicy policy, RedactionListener listener) {
        this.policy = policy;
        this.listener = listener;
    }

    /** A redacted copy, or the very same tree where nothing had to be replaced. */
    ObjectNode redacted(ObjectNode tree) {
        return (ObjectNode) redact(tree);
    }

    /** A redacted text, or the very same one where nothing had to be replaced. */
    String redacted(String text) {
        return text.isEmpty() ? text : redactor().redact(text);
    }

    private JsonNode redact(JsonNode node) {
        if (node instanceof TextNode text) {
            String plain = text.textValue();
            String redacted = redacted(plain);
            return redacted.equals(plain) ? node : TextNode.valueOf(redacted);
        }
        if (node instanceof ObjectNode object) {
            return fields(object);
        }
        return node instanceof ArrayNode array ? elements(array) : node;
    }

    private JsonNode fields(ObjectNode object) {
        ObjectNode copy = null;
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            JsonNode plain = field.getValue();
            JsonNode safe = LEFT_ALONE.contains(field.getKey()) ? plain : redact(plain);
            if (safe != plain) {
                copy = copy == null ? object.objectNode().setAll(object) : copy;
                copy.set(field.getKey(), safe);
            }
        }
        return copy == null ? object : copy;
    }

    private JsonNode elements(ArrayNode array) {
        ArrayNode copy = null;
        for (int i = 0; i < array.size(); i++) {
            JsonNode safe = redact(array.get(i));
            if (safe != array.get(i)) {
                copy = copy == null ? array.arrayNode().addAll(array) : copy;
                copy.set(i, safe);
            }
        }
        return copy == null ? array : copy;
    }

    private TextRedactor redactor() {
        if (redactor == null) {
            redactor = policy.redactor(listener);
        }
        return redactor;
    }
}
