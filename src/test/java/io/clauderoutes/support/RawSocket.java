package io.clauderoutes.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;

/** A WebSocket client that sends whatever bytes a test wants. */
public final class RawSocket implements AutoCloseable {

    public static final int CONTINUATION = 0;
    public static final int TEXT = 1;
    public static final int BINARY = 2;
    public static final int CLOSE = 8;
    public static final int PING = 9;
    public static final int PONG = 10;
    public static final int FINAL = 0x80;

    private static final int PATIENCE_MILLIS = 20_000;

    private final Socket socket;
    private final DataInputStream in;

    /** Connects and upgrades. */
    public RawSocket(URI door, String... headers) throws IOException {
        socket = new Socket(door.getHost(), door.getPort());
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        write(("GET /v1/ws HTTP/1.1\r\nhost: " + door.getHost() + ":" + door.getPort()
                        + "\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
                        + "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: "
                        + SocketPeer.PROTOCOL
                        + "\r\n" + String.join("", headers) + "\r\n")
                .getBytes(UTF_8));
    }

    /** The head of the response to the handshake. */
    public String head() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(UTF_8).endsWith("\r\n\r\n")) {
            head.write(in.readByte());
        }
        return head.toString(UTF_8);
    }

    public void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    /** A frame as a client sends it, masked with zeros. */
    public static byte[] frame(int first, byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.writeBytes(head(first, payload.length));
        frame.writeBytes(payload);
        return frame.toByteArray();
    }

    /** The head of a masked frame that announces so many bytes. */
    public static byte[] head(int first, long length) {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        head.write(first);
        if (length >= 0 && length < 126) {
            head.write(0x80 | (int) length);
        } else if (length >= 0 && length < 65_536) {
            head.write(0x80 | 126);
            head.write((int) (length >> 8));
            head.write((int) length);
        } else {
            head.write(0x80 | 127);
            for (int shift = 56; shift >= 0; shift -= 8) {
                head.write((int) (length >> shift));
            }
        }
        head.writeBytes(new byte[4]);
        return head.toByteArray();
    }

    public void text(String text) throws IOException {
        write(frame(FINAL | TEXT, text.getBytes(UTF_8)));
    }

    /** A frame of the server. */
    public static final class Received {
        private final int opcode;
        private final byte[] payload;

        private Received(int opcode, byte[] payload) {
            this.opcode = opcode;
            this.payload = payload;
        }

        public int opcode() {
            return opcode;
        }

        public byte[] payload() {
            return payload;
        }

        public String text() {
            return new String(payload, UTF_8);
        }

        /** The code of a close frame; 0 without one. */
        public int code() {
            return payload.length < 2 ? 0 : ((payload[0] & 0xFF) << 8) | (payload[1] & 0xFF);
        }
    }

    public Received next() throws IOException {
        int first = in.readUnsignedByte();
        long length = in.readUnsignedByte();
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        return new Received(first & 0x0F, in.readNBytes((int) length));
    }

    /** The code of the close frame that comes next, whatever comes before it; 0 if the connection just ends. */
    public int closeCode() throws IOException {
        try {
            for (Received frame = next(); ; frame = next()) {
                if (frame.opcode() == CLOSE) {
                    return frame.code();
                }
            }
        } catch (EOFException | java.net.SocketException ended) {
            return 0;
        }
    }

    public Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
