package io.clauderoutes.redact;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Map;
import java.util.Set;

/** Redacts the texts in a JSON tree. Ids, types, signatures and encoded data are left as they are, for others rely on them. */
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

    TreeRedactor(RedactionPolicy policy, RedactionListener listener) {
        this.policy = policy;
        this.listener = listener;
    }

    /** A redacted copy, or the very same tree where nothing had to be replaced. */
    ObjectNode redacted(ObjectNode tree) {
        ObjectNode copy = tree.deepCopy();
        return redact(copy) ? copy : tree;
    }

    private boolean redact(JsonNode node) {
        boolean changed = false;
        if (node instanceof ObjectNode object) {
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                if (!LEFT_ALONE.contains(field.getKey())) {
                    if (field.getValue() instanceof TextNode text) {
                        String plain = text.textValue();
                        String redacted = policy.redactor(listener).redact(plain);
                        if (!redacted.equals(plain)) {
                            field.setValue(TextNode.valueOf(redacted));
                            changed = true;
                        }
                    } else {
                        changed |= redact(field.getValue());
                    }
                }
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                if (array.get(i) instanceof TextNode text) {
                    String redacted = policy.redactor(listener).redact(text.textValue());
                    if (!redacted.equals(text.textValue())) {
                        array.set(i, TextNode.valueOf(redacted));
                        changed = true;
                    }
                } else {
                    changed |= redact(array.get(i));
                }
            }
        }
        return changed;
    }
}
