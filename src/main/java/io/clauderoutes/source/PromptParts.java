package io.clauderoutes.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.Frame;
import io.clauderoutes.message.BinaryType;
import io.clauderoutes.message.ContentPart;
import jakarta.activation.DataHandler;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.WrappedFile;
import org.apache.camel.attachment.Attachment;
import org.apache.camel.attachment.AttachmentMessage;
import org.apache.camel.attachment.DefaultAttachmentMessage;

/** The parts of a prompt that is more than a text: images and PDFs, known by their content, and several parts in one message. */
final class PromptParts {

    private static final Pattern CHARSET = Pattern.compile("(?i)charset\\s*=\\s*\"?([A-Za-z0-9._-]+)");

    private final BodyReader bodies;

    PromptParts(BodyReader bodies) {
        this.bodies = bodies;
    }

    /** The image or PDF that bytes are; empty for a text. */
    static Optional<ContentPart> binary(byte[] bytes, Object body) {
        return BinaryType.of(bytes).map(type -> new ContentPart.Binary(type, new Frame(bytes), title(body)));
    }

    /** Whether a body of this type holds bytes, whose content says what they are. A text is a text whatever it says. */
    static boolean holdsBytes(Object body) {
        return body instanceof byte[]
                || body instanceof ByteBuffer
                || body instanceof InputStream
                || body instanceof File
                || body instanceof Path
                || body instanceof WrappedFile<?>
                || body instanceof DataHandler
                || body instanceof Attachment;
    }

    /** Whether a body is a list of parts. Any other list is data, which becomes JSON. */
    static boolean isList(Object body) {
        return body instanceof Collection<?> list
                && list.stream().map(PromptParts::unwrapped).anyMatch(PromptParts::holdsBytes);
    }

    /** The parts of a list. */
    List<ContentPart> ofList(Exchange exchange, Collection<?> list) {
        List<ContentPart> parts = new ArrayList<>(list.size());
        for (Object each : list) {
            Object body = unwrapped(each);
            if (body == null) {
                throw BodyReader.rejected("a part of the prompt has no body");
            }
            add(parts, exchange, body, title(body));
        }
        return parts;
    }

    /** What is attached to a message, in its order. */
    List<ContentPart> ofAttachments(Exchange exchange, Message message) {
        AttachmentMessage attached = new DefaultAttachmentMessage(message);
        if (!attached.hasAttachments()) {
            return List.of();
        }
        List<ContentPart> parts = new ArrayList<>();
        for (Map.Entry<String, DataHandler> each : attached.getAttachments().entrySet()) {
            String name = each.getValue().getName();
            add(parts, exchange, each.getValue(), name == null ? each.getKey() : name);
        }
        return parts;
    }

    /** Aggregations make lists of messages and of exchanges. */
    private static Object unwrapped(Object part) {
        if (part instanceof Exchange exchange) {
            return exchange.getMessage().getBody();
        }
        return part instanceof Message message ? message.getBody() : part;
    }

    private void add(List<ContentPart> parts, Exchange exchange, Object body, String title) {
        byte[] bytes = bytes(exchange, body);
        if (!holdsBytes(body)) {
            text(parts, PromptText.decoded(bytes), "");
            return;
        }
        Optional<BinaryType> type = BinaryType.of(bytes);
        if (type.isPresent()) {
            parts.add(new ContentPart.Binary(type.get(), new Frame(bytes), title));
        } else {
            text(parts, text(bytes, body, parts.size() + 1), title);
        }
    }

    /** The API refuses an empty block of text. */
    private static void text(List<ContentPart> parts, String text, String title) {
        if (!text.isBlank()) {
            parts.add(title.isEmpty() ? new ContentPart.Text(text) : new ContentPart.TextDocument(text, title));
        }
    }

    private byte[] bytes(Exchange exchange, Object body) {
        if (!(body instanceof DataHandler) && !(body instanceof Attachment)) {
            return bodies.bytes(exchange, body);
        }
        try {
            return bodies.bytes(exchange, handler(body).getInputStream());
        } catch (IOException broken) {
            throw BodyReader.rejected(
                    "an attachment could not be read: " + broken.getClass().getSimpleName());
        }
    }

    private static DataHandler handler(Object body) {
        return body instanceof Attachment attachment ? attachment.getDataHandler() : (DataHandler) body;
    }

    private static String text(byte[] bytes, Object body, int number) {
        try {
            return PromptText.checked(PromptText.decoded(bytes, charset(body)));
        } catch (CharacterCodingException notText) {
            throw BodyReader.rejected(
                    "part " + number + " of the prompt is neither a text nor of the types PNG, JPEG, GIF, WebP"
                            + " and PDF. Remove or convert it before");
        }
    }

    private static Charset charset(Object body) {
        if (body instanceof DataHandler || body instanceof Attachment) {
            String type = handler(body).getContentType();
            Matcher named = CHARSET.matcher(type == null ? "" : type);
            if (named.find()) {
                try {
                    return Charset.forName(named.group(1));
                } catch (IllegalCharsetNameException | UnsupportedCharsetException unknown) {
                    return UTF_8;
                }
            }
        }
        return UTF_8;
    }

    /** The name of a file without its folder; empty for anything else. */
    private static String title(Object body) {
        if (body instanceof WrappedFile<?> wrapped) {
            return title(wrapped.getFile());
        }
        if (body instanceof File file) {
            return file.getName();
        }
        if (body instanceof Path path) {
            return Optional.ofNullable(path.getFileName()).map(Path::toString).orElse("");
        }
        if (body instanceof DataHandler || body instanceof Attachment) {
            return Optional.ofNullable(handler(body).getName()).orElse("");
        }
        return "";
    }
}
