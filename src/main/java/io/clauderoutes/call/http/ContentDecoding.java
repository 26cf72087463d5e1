package io.clauderoutes.call.http;

import com.github.luben.zstd.ZstdInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.brotli.dec.BrotliInputStream;

/**
 * Undoes the content codings of a response (RFC 9110, section 8.4.1): gzip, deflate, br and zstd, one or several. Calls ask for none,
 * but an endpoint may use them all the same. How much is read is bounded by those who read.
 */
public final class ContentDecoding {

    private static final int MOST_CODINGS = 3;

    private ContentDecoding() {}

    /** The response says that it is coded in a way that is not known here. */
    public static final class Unknown extends Exception {
        private static final long serialVersionUID = 1;

        Unknown(String codings) {
            super(codings, null, false, false);
        }
    }

    /** The bytes of a response are not coded as it says. */
    static final class Undecodable extends IOException {
        private static final long serialVersionUID = 1;

        Undecodable(String codings, IOException cause) {
            super("the response is not " + codings + " as it says", cause);
        }
    }

    /**
     * The body without its codings.
     *
     * @param codings value of {@code content-encoding}; empty if there is none
     */
    public static InputStream decoded(InputStream body, String codings) throws Unknown {
        List<String> applied = codings(codings);
        if (applied.isEmpty()) {
            return body;
        }
        return new Decoded(body, applied);
    }

    private static List<String> codings(String codings) throws Unknown {
        List<String> applied = new ArrayList<>(1);
        for (String coding : codings.toLowerCase(Locale.ROOT).split(",", -1)) {
            switch (coding.trim()) {
                case "", "identity" -> {}
                case "gzip", "x-gzip" -> applied.add("gzip");
                case "deflate", "br", "zstd" -> applied.add(coding.trim());
                default -> throw new Unknown(codings);
            }
        }
        if (applied.size() > MOST_CODINGS) {
            throw new Unknown(codings);
        }
        return applied;
    }

    /** What comes off the wire, and why it broke off if it did. */
    private static final class Wire extends FilterInputStream {
        private Optional<IOException> failure = Optional.empty();

        Wire(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            try {
                return in.read(bytes, from, length);
            } catch (IOException broken) {
                failure = Optional.of(broken);
                throw broken;
            }
        }
    }

    /** The decoders read their headers as they are made, so they are made when the first byte is asked for. */
    private static final class Decoded extends InputStream {
        private final Wire wire;
        private final List<String> codings;
        private InputStream plain;

        Decoded(InputStream body, List<String> codings) {
            this.wire = new Wire(body);
            this.codings = codings;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            try {
                if (plain == null) {
                    plain = decoders();
                }
                return plain.read(bytes, from, length);
            } catch (IOException failed) {
                throw wire.failure.orElseGet(() -> new Undecodable(String.join(", ", codings), failed));
            }
        }

        private InputStream decoders() throws IOException {
            InputStream in = wire;
            for (int i = codings.size() - 1; i >= 0; i--) {
                in = decoder(codings.get(i), in);
            }
            return in;
        }

        private static InputStream decoder(String coding, InputStream in) throws IOException {
            return switch (coding) {
                case "gzip" -> new GZIPInputStream(in);
                case "deflate" -> inflater(in);
                case "br" -> new BrotliInputStream(in);
                default -> new ZstdInputStream(in);
            };
        }

        /** The standard means the zlib format, but some servers send the bare one. */
        private static InputStream inflater(InputStream in) throws IOException {
            PushbackInputStream peeked = new PushbackInputStream(in, 2);
            byte[] head = peeked.readNBytes(2);
            peeked.unread(head);
            boolean zlib = head.length == 2
                    && (head[0] & 0x0f) == Deflater.DEFLATED
                    && (((head[0] & 0xff) << 8) | (head[1] & 0xff)) % 31 == 0;
            return new InflaterInputStream(peeked, new Inflater(!zlib));
        }

        @Override
        public int available() throws IOException {
            return plain == null ? 0 : plain.available();
        }

        @Override
        public void close() throws IOException {
            if (plain == null) {
                wire.close();
            } else {
                plain.close();
            }
        }
    }
}
