package io.clauderoutes.source;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.StreamCache;
import org.apache.camel.component.file.GenericFile;

/** Reads a body that can be read only once, so that a prompt can be tried again and is whole in the dead letters. */
final class BufferedBody implements Processor {

    private final int maxBytes;

    /** @param maxBytes how long a prompt may be; of a longer body the rest is read by the dead letters alone */
    BufferedBody(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Override
    public void process(Exchange exchange) {
        Message message = exchange.getMessage();
        if (message.getBody() instanceof GenericFile<?> file) {
            if (file.getBody() instanceof InputStream stream) {
                byte[] bytes = read(stream);
                file.setBody(bytes);
                keep(exchange, bytes, stream, file);
            }
        } else if (message.getBody() instanceof InputStream stream && !(stream instanceof StreamCache)) {
            byte[] bytes = read(stream);
            message.setBody(bytes);
            keep(exchange, bytes, stream, bytes);
        }
    }

    private byte[] read(InputStream stream) {
        try {
            return stream.readNBytes(maxBytes == Integer.MAX_VALUE ? maxBytes : maxBytes + 1);
        } catch (IOException broken) {
            throw new Redelivery.PutBack(broken);
        }
    }

    private void keep(Exchange exchange, byte[] begin, InputStream rest, Object whole) {
        boolean isWhole = begin.length <= maxBytes;
        exchange.setProperty(
                SourceMessage.BODY, isWhole ? whole : new SequenceInputStream(new ByteArrayInputStream(begin), rest));
    }
}
