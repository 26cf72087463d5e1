package io.clauderoutes.redact;

import io.clauderoutes.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.ReplyStream;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** The events of a redacted message that came whole. The events as they came are read first, because the ledger counts them. */
final class RedactedMessage implements ReplyStream {

    private final ReplyStream plain;
    private final Frame message;
    private final Iterator<StreamEvent> events;

    RedactedMessage(ReplyStream plain, byte[] redacted, MessageJson json) {
        this.plain = plain;
        this.message = new Frame(redacted);
        List<StreamEvent> all = json.events(redacted);
        this.events = all.iterator();
    }

    @Override
    public boolean hasNext() {
        return events.hasNext();
    }

    @Override
    public StreamEvent next() {
        while (plain.hasNext()) {
            plain.next();
        }
        return events.next();
    }

    @Override
    public Optional<Frame> whole() {
        return Optional.of(message);
    }

    @Override
    public void close() {
        plain.close();
    }
}
