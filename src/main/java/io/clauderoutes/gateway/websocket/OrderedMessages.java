package io.clauderoutes.gateway.websocket;

import io.clauderoutes.message.ClientMessage;
import io.clauderoutes.message.MessageJson;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;

/**
 * Reads the messages of a connection, long ones on another thread, and hands them on in the order in which they came. The connection's
 * own thread alone uses it.
 */
public final class OrderedMessages {

    /** Longer messages would keep the thread of the server busy for too long. */
    private static final int LONGEST_READ_AT_ONCE = 64 * 1024;

    private final MessageJson json;
    private final Executor threads;
    private final Executor serverThread;
    private final BiConsumer<ArrivedMessage, ClientMessage> next;
    private final Queue<Runnable> unread = new ArrayDeque<>();
    private boolean reading;

    /**
     * @param threads read long messages
     * @param serverThread the connection's own
     * @param next gets the messages, on the connection's own thread
     */
    public OrderedMessages(
            MessageJson json, Executor threads, Executor serverThread, BiConsumer<ArrivedMessage, ClientMessage> next) {
        this.json = json;
        this.threads = threads;
        this.serverThread = serverThread;
        this.next = next;
    }

    /** A message has come. */
    public void add(ArrivedMessage message, byte[] text) {
        if (!reading && text.length <= LONGEST_READ_AT_ONCE) {
            next.accept(message, json.clientMessage(text));
            return;
        }
        unread.add(() -> {
            ClientMessage read = json.clientMessage(text);
            serverThread.execute(() -> {
                next.accept(message, read);
                readNext();
            });
        });
        if (!reading) {
            readNext();
        }
    }

    private void readNext() {
        Runnable first = unread.poll();
        reading = first != null;
        if (reading) {
            threads.execute(first);
        }
    }

    /** The connection is closed: what is not read stays unread. */
    public void clear() {
        unread.clear();
    }
}
