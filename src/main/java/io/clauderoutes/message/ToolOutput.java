package io.clauderoutes.message;

import java.util.List;

/**
 * The result of a call of a tool, as it goes to the model.
 *
 * @param id of the call
 * @param content texts, images and documents
 * @param error whether the call failed; the content says why
 */
public record ToolOutput(String id, List<ContentPart> content, boolean error) {

    public ToolOutput {
        content = List.copyOf(content);
    }

    /** The texts of the content, a line each. */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (ContentPart part : content) {
            String added = part instanceof ContentPart.Text plain
                    ? plain.text()
                    : part instanceof ContentPart.TextDocument document ? document.text() : "";
            text.append(text.isEmpty() || added.isEmpty() ? "" : "\n").append(added);
        }
        return text.toString();
    }
}
