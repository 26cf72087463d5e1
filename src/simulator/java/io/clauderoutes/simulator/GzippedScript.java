package io.clauderoutes.simulator;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPOutputStream;

/** A script whose bytes are compressed as they are sent, flushed after each step so that a stream stays one. */
final class GzippedScript implements Script {

    private final Script plain;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final GZIPOutputStream gzip;
    private boolean over;

    GzippedScript(Script plain) {
        this.plain = plain;
        try {
            this.gzip = new GZIPOutputStream(out, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean hasNext() {
        return !over;
    }

    @Override
    public Step next() {
        try {
            if (!plain.hasNext()) {
                over = true;
                gzip.close();
                return new Bytes(taken(), Part.END, 0);
            }
            Step step = plain.next();
            if (!(step instanceof Bytes bytes)) {
                over = step instanceof Cut;
                return step;
            }
            gzip.write(bytes.bytes().getBytes());
            gzip.flush();
            return new Bytes(taken(), bytes.part(), bytes.tokens());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] taken() {
        byte[] bytes = out.toByteArray();
        out.reset();
        return bytes;
    }
}
