package io.clauderoutes.agent.mcp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.Frame;
import io.clauderoutes.agent.ToolResult;
import io.clauderoutes.message.BinaryType;
import io.clauderoutes.message.ContentPart;
import io.clauderoutes.message.MessageJson;
import io.modelcontextprotocol.spec.McpSchema;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** The result of an MCP tool as content of the API. */
final class McpContent {

    private final int maxBytes;
    private final MessageJson json = new MessageJson();

    /** @param maxBytes how long a result may be */
    McpContent(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    static ToolResult error(String message) {
        return new ToolResult(ToolResult.of(message).content(), true);
    }

    ToolResult of(McpSchema.CallToolResult result) {
        List<ContentPart> parts = new ArrayList<>();
        if (result.content() != null) {
            result.content().forEach(content -> part(content).ifPresent(parts::add));
        }
        if (parts.isEmpty() && result.structuredContent() != null) {
            parts.add(new ContentPart.Text(new String(json.bytesOf(result.structuredContent()), UTF_8)));
        }
        long size = parts.stream().mapToLong(McpContent::size).sum();
        if (size > maxBytes) {
            return error("The result of the tool is longer than " + maxBytes
                    + " bytes, which is too long (claude.agent.max-result-bytes). Ask for less.");
        }
        return new ToolResult(parts, Boolean.TRUE.equals(result.isError()));
    }

    private static long size(ContentPart part) {
        return part instanceof ContentPart.Binary binary
                ? binary.content().length()
                : part instanceof ContentPart.Text text ? text.text().length() : 0;
    }

    private static Optional<ContentPart> part(McpSchema.Content content) {
        if (content instanceof McpSchema.TextContent text) {
            return text(text.text());
        }
        if (content instanceof McpSchema.ImageContent image) {
            return binary(image.data(), image.mimeType());
        }
        if (content instanceof McpSchema.EmbeddedResource embedded) {
            if (embedded.resource() instanceof McpSchema.TextResourceContents text) {
                return text(text.text());
            }
            if (embedded.resource() instanceof McpSchema.BlobResourceContents blob) {
                return binary(blob.blob(), blob.mimeType());
            }
        }
        if (content instanceof McpSchema.ResourceLink link) {
            return text(link.uri());
        }
        return text("(content of type " + content.type() + ", which cannot be shown)");
    }

    /** The API refuses a blank block of text. */
    private static Optional<ContentPart> text(String text) {
        return text == null || text.isBlank() ? Optional.empty() : Optional.of(new ContentPart.Text(text));
    }

    private static Optional<ContentPart> binary(String base64, String type) {
        try {
            byte[] bytes = Base64.getMimeDecoder().decode(base64);
            Optional<BinaryType> known = BinaryType.of(bytes);
            if (known.isPresent()) {
                return Optional.of(new ContentPart.Binary(known.get(), new Frame(bytes), ""));
            }
        } catch (IllegalArgumentException notBase64) {
            // told below
        }
        return text("(content of type " + type + ", which cannot be shown)");
    }
}
