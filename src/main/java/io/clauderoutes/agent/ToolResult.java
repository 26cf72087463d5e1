package io.clauderoutes.agent;

import io.clauderoutes.message.ContentPart;
import java.util.List;

/**
 * What a tool has given.
 *
 * @param content texts, images and documents; none if the tool has nothing to say
 * @param error whether the content says why the call failed
 */
public record ToolResult(List<ContentPart> content, boolean error) {

    public ToolResult {
        content = List.copyOf(content);
    }

    /** A text. */
    public static ToolResult of(String text) {
        return new ToolResult(List.of(new ContentPart.Text(text)), false);
    }
}
