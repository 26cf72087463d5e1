package io.clauderoutes.source;

import jakarta.activation.DataHandler;
import java.io.File;
import java.io.InputStream;
import java.io.Reader;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.TypeConverter;
import org.apache.camel.attachment.DefaultAttachmentMessage;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileEndpoint;

/** A prompt as its dead letters take it: rows and objects are JSON outside this process, and files of a server are their bytes. */
final class DeadLetterBody {

    /** Components whose statements name the columns of a row. */
    private static final Set<String> TAKE_ROWS = Set.of("sql", "sql-stored", "jdbc", "mybatis", "jpa");

    private final ObjectText objects = new ObjectText();

    /** The body of a message that failed, as it came. */
    Object of(Exchange failed, Endpoint destination) {
        Object body = failed.getProperty(SourceMessage.BODY);
        if (body == null) {
            body = failed.getMessage().getBody();
        }
        TypeConverter converter = failed.getContext().getTypeConverter();
        if (body instanceof GenericFile<?> file) {
            return file.getFile() instanceof File local
                    ? local
                    : text(converter.tryConvertTo(byte[].class, failed, file), file);
        }
        if (body == null || isContent(body) || !leavesTheProcess(destination)) {
            return body;
        }
        Object plain = body;
        return objects.json(body)
                .<Object>map(json -> new String(json, java.nio.charset.StandardCharsets.UTF_8))
                .orElseGet(() -> text(converter.tryConvertTo(byte[].class, failed, plain), plain));
    }

    private static boolean isContent(Object body) {
        return body instanceof CharSequence
                || body instanceof byte[]
                || body instanceof InputStream
                || body instanceof Reader
                || body instanceof File;
    }

    /** A body that cannot be written is named, because a dead letter with a reason is better than none. */
    private static Object text(byte[] bytes, Object body) {
        return bytes == null ? "(a body of the type " + body.getClass().getName() + ")" : bytes;
    }

    private static boolean leavesTheProcess(Endpoint destination) {
        String scheme = destination.getEndpointBaseUri().split(":", 2)[0];
        return destination instanceof GenericFileEndpoint<?> || (destination.isRemote() && !TAKE_ROWS.contains(scheme));
    }

    /** What is attached to the message, by safe names for files. */
    Map<String, DataHandler> attachments(Exchange failed) {
        Map<String, DataHandler> attachments = new LinkedHashMap<>();
        Map<?, ?> attached = failed.getProperty(SourceMessage.ATTACHMENTS, Map.class);
        if (attached != null) {
            attached.forEach((key, value) -> {
                DataHandler content = (DataHandler) value;
                String name = content.getName() == null ? key.toString() : content.getName();
                String safe = name.replaceAll(".*[/\\\\]", "").replaceAll("[^\\p{L}\\p{N}._-]", "_");
                attachments.put(attachments.containsKey(safe) ? attachments.size() + "-" + safe : safe, content);
            });
        }
        return attachments;
    }

    /** Keeps what is attached to a message that came, for steps may replace the message. */
    static void keepAttachments(Exchange exchange) {
        DefaultAttachmentMessage attached = new DefaultAttachmentMessage(exchange.getMessage());
        if (attached.hasAttachments()) {
            exchange.setProperty(SourceMessage.ATTACHMENTS, new LinkedHashMap<>(attached.getAttachments()));
        }
    }
}
