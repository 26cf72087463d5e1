package io.clauderoutes.call.http;

import io.clauderoutes.request.PassThroughApi;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.AbstractHttpEntity;

/** A JSON body of any size that is written as it leaves. Its call may take as long as a reply, because it takes time to leave. */
public final class StreamedBody extends AbstractHttpEntity {

    private final PassThroughApi.Content content;

    public StreamedBody(PassThroughApi.Content content) {
        super(ContentType.APPLICATION_JSON, null, true);
        this.content = content;
    }

    @Override
    public boolean isRepeatable() {
        return true;
    }

    @Override
    public long getContentLength() {
        return -1;
    }

    /** The whole of it, for a client that cannot stream what it sends. */
    @Override
    public InputStream getContent() throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        writeTo(whole);
        return new ByteArrayInputStream(whole.toByteArray());
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        content.writeTo(out);
    }

    @Override
    public boolean isStreaming() {
        return true;
    }

    @Override
    public void close() {
        // nothing is open
    }
}
