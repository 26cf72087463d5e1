package io.clauderoutes.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.support.ScheduledPollEndpoint;

/** What a source knows its messages by, so that a message that comes again is recognised. */
final class SourceIds {

    private static final String JMS = "JMSMessageID";
    private static final String MAIL = "CamelMailMessageId";
    private static final List<String> RECORD = List.of("kafka.TOPIC", "kafka.PARTITION", "kafka.OFFSET");
    private static final List<String> OBJECT = List.of("CamelAwsS3BucketName", "CamelAwsS3Key", "CamelAwsS3ETag");
    private static final String MODIFIED = "CamelAwsS3LastModified";

    private final ObjectText objects = new ObjectText();

    /** The id that the server gave to a message: another message never has it. Empty if there is none. */
    Optional<String> of(Message message) {
        if (message.getBody() instanceof GenericFile<?> file) {
            return Optional.of(file.getRelativeFilePath() + '|' + file.getFileLength() + '|' + file.getLastModified());
        }
        Object jms = message.getHeader(JMS);
        if (jms != null) {
            return Optional.of(jms.toString());
        }
        return joined(message, RECORD)
                .or(() -> joined(message, OBJECT).map(id -> id + '|' + message.getHeader(MODIFIED, "")));
    }

    private static Optional<String> joined(Message message, List<String> headers) {
        return headers.stream().anyMatch(name -> message.getHeader(name) == null)
                ? Optional.empty()
                : Optional.of(headers.stream()
                        .map(name -> String.valueOf(message.getHeader(name)))
                        .collect(Collectors.joining("|")));
    }

    /**
     * What a message that failed is known by when it comes again: the id of its sender, or the content of a row that was polled. Another message
     * may have the same, so a reply does not count for it.
     */
    Optional<String> ofFailure(Exchange exchange) {
        Object mail = exchange.getMessage().getHeader(MAIL);
        if (mail != null) {
            return Optional.of("mail|" + mail);
        }
        Object body = exchange.getMessage().getBody();
        boolean isPolled = exchange.getFromEndpoint() instanceof ScheduledPollEndpoint;
        return isPolled && (body instanceof Map<?, ?> || body instanceof Collection<?>)
                ? objects.json(body).map(SourceIds::hash)
                : Optional.empty();
    }

    private static String hash(byte[] content) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update("row|".getBytes(UTF_8));
            return HexFormat.of().formatHex(digest.digest(content));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
