package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.gateway.websocket.ArrivedMessage;
import io.clauderoutes.gateway.websocket.CloseCode;
import io.clauderoutes.gateway.websocket.OrderedMessages;
import io.clauderoutes.gateway.websocket.ServerMessages;
import io.clauderoutes.gateway.websocket.SocketConnection;
import io.clauderoutes.message.ClientMessage;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.resume.RetainedReply;
import io.clauderoutes.resume.RetainedReply.Reading;
import io.clauderoutes.server.RemoteClient;
import io.clauderoutes.settings.GatewaySettings;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/** The requests of one WebSocket client, by the ids that the client chose. The connection's own thread alone uses it. */
final class SocketClient implements SocketConnection.Receiver {

    /** Shorter messages are not accounted while they arrive. */
    private static final int ACCOUNTED_BYTES = 16 * 1024;

    private static final int TOO_MANY = 429;
    private static final int CONFLICT = 409;
    private static final int BAD_REQUEST = 400;
    private static final int UNAVAILABLE = 503;
    private static final String INVALID = "invalid_request_error";

    private final HttpServerRequest handshake;
    private final SocketConnection connection;
    private final SocketParts parts;
    private final Consumer<SocketClient> closed;
    private final Map<String, SocketReader> requests = new HashMap<>();
    private final SocketTurns turns;
    private final OrderedMessages messages;
    private final Set<ArrivedMessage> arriving = new HashSet<>();
    private volatile int count;
    private boolean stopping;
    private long checkedNanos;

    /** @param closed is notified when the connection is closed */
    SocketClient(
            HttpServerRequest handshake,
            SocketConnection connection,
            SocketParts parts,
            Consumer<SocketClient> closed) {
        this.handshake = handshake;
        this.connection = connection;
        this.parts = parts;
        this.closed = closed;
        this.turns = new SocketTurns(connection);
        this.messages = new OrderedMessages(parts.json(), parts.sender()::run, connection::run, this::received);
        this.checkedNanos = parts.ticker().getAsLong();
    }

    private GatewaySettings settings() {
        return parts.settings().get();
    }

    @Override
    public boolean hasRoom(ArrivedMessage message, long bytes) {
        if (bytes <= ACCOUNTED_BYTES) {
            return true;
        }
        try {
            parts.guard().messageGrows(message, handshake, bytes);
            arriving.add(message);
            return true;
        } catch (ClaudeException noRoom) {
            parts.outcomes().refused(RequestIds.next(), RemoteClient.address(handshake), noRoom.error());
            return false;
        }
    }

    private void giveBack(ArrivedMessage message) {
        arriving.remove(message);
        parts.guard().messageIsOver(message);
    }

    @Override
    public void message(ArrivedMessage message, byte[] text) {
        messages.add(message, text);
    }

    private void received(ArrivedMessage message, ClientMessage read) {
        if (connection.isClosing()) {
            giveBack(message);
        } else if (read instanceof ClientMessage.Send send) {
            begin(message, send);
        } else {
            giveBack(message);
            handle(read);
        }
    }

    private void handle(ClientMessage message) {
        if (message instanceof ClientMessage.Resume resume) {
            resume(resume);
        } else if (message instanceof ClientMessage.Cancel cancel) {
            Optional.ofNullable(requests.get(cancel.id())).ifPresent(reader -> {
                reader.cancel(connection::send);
                remove(reader);
            });
        } else if (message instanceof ClientMessage.Credit credit) {
            Optional.ofNullable(requests.get(credit.id())).ifPresent(reader -> {
                reader.add(credit.events());
                available(reader);
            });
        } else if (message instanceof ClientMessage.Ping ping) {
            connection.send(ServerMessages.pong(ping.id()));
        } else if (message instanceof ClientMessage.Invalid invalid) {
            refuse(
                    requests.containsKey(invalid.id()) ? "" : invalid.id(),
                    refusal(BAD_REQUEST, INVALID, invalid.problem()));
        }
    }

    private void begin(ArrivedMessage message, ClientMessage.Send send) {
        Optional<SocketReader> reader = open(send.id(), send.credit());
        if (reader.isEmpty()) {
            giveBack(message);
            return;
        }
        try {
            Client client =
                    parts.guard().messageGrows(message, handshake, send.body().length());
            arriving.remove(message);
            SocketOutcome outcome = new SocketOutcome(reader.get(), message);
            parts.sender()
                    .send(new SocketRequest(client, send, SocketRequest.headers(handshake, send.headers()), outcome));
        } catch (ClaudeException refused) {
            giveBack(message);
            fail(reader.get(), refused);
        }
    }

    /** Notes a new request; empty if it was refused. */
    private Optional<SocketReader> open(String id, OptionalLong credit) {
        if (requests.containsKey(id)) {
            refuse("", refusal(CONFLICT, INVALID, "a request with this id is in progress: " + id));
            return Optional.empty();
        }
        if (stopping) {
            refuse(id, refusal(UNAVAILABLE, "api_error", "the gateway is stopping"));
            return Optional.empty();
        }
        int most = settings().connections().webSocket().requests();
        if (requests.size() >= most) {
            refuse(
                    id,
                    refusal(
                            TOO_MANY,
                            "rate_limit_error",
                            "this connection has claude.gateway.websocket.requests=" + most + " requests in progress"));
            return Optional.empty();
        }
        SocketReader reader = new SocketReader(id, credit, parts.json());
        requests.put(id, reader);
        count = requests.size();
        return Optional.of(reader);
    }

    private void resume(ClientMessage.Resume resume) {
        Optional<SocketReader> opened = open(resume.id(), resume.credit());
        if (opened.isEmpty()) {
            return;
        }
        SocketReader reader = opened.get();
        try {
            String client = parts.guard().clientNow(handshake).name();
            parts.retention().find(resume.stream(), client, connection.vertx()).onComplete(found -> {
                try {
                    RetainedReply reply = StreamRetention.found(found);
                    Reading its = reply.read(resume.after(), () -> wake(reader))
                            .orElseThrow(() -> StreamRetention.notRetained(resume.after()));
                    parts.retention().countAgain("resumed", reply, resume.after());
                    attach(reader, reply, its);
                } catch (ClaudeException refused) {
                    fail(reader, refused);
                }
            });
        } catch (ClaudeException refused) {
            fail(reader, refused);
        }
    }

    /** What becomes of a request that was sent. Any thread calls it. */
    private final class SocketOutcome implements SocketRequest.Outcome {
        private final SocketReader reader;
        private final ArrivedMessage message;

        SocketOutcome(SocketReader reader, ArrivedMessage message) {
            this.reader = reader;
            this.message = message;
        }

        @Override
        public void reply(RetainedReply reply, Reading its) {
            connection.run(() -> attach(reader, reply, its));
        }

        @Override
        public void refused(ClaudeException failure) {
            connection.run(() -> fail(reader, failure));
        }

        @Override
        public void available() {
            wake(reader);
        }

        @Override
        public void ended() {
            parts.guard().messageIsOver(message);
        }
    }

    private void attach(SocketReader reader, RetainedReply reply, Reading its) {
        reader.attach(reply, its, connection::send);
        available(reader);
    }

    private void fail(SocketReader reader, ClaudeException failure) {
        reader.fail(MessagesResponse.of(failure, RequestIds.next(), "", parts.json()), connection::send);
        remove(reader);
        if (failure instanceof ClaudeException.Unauthorized) {
            connection.close(CloseCode.POLICY_VIOLATION, "the key is no longer one of claude.gateway.keys");
        }
    }

    private static ClaudeException refusal(int status, String type, String why) {
        return new ClaudeException.Rejected(ApiError.ours(status, type, why));
    }

    private void refuse(String id, ClaudeException refused) {
        parts.outcomes().refused(RequestIds.next(), RemoteClient.address(handshake), refused.error());
        PlainResponse error = MessagesResponse.of(refused, RequestIds.next(), "", parts.json());
        connection.send(ServerMessages.error(
                id,
                error.status(),
                parts.json().bytesOf(error.headers()),
                error.body().bytes()));
    }

    /** There may be more to read. Any thread calls it. */
    private void wake(SocketReader reader) {
        if (reader.markReady()) {
            connection.run(() -> {
                turns.add(reader);
                send();
            });
        }
    }

    private void available(SocketReader reader) {
        if (reader.markReady()) {
            turns.add(reader);
        }
        send();
    }

    private void send() {
        for (SocketReader reader = turns.send(); reader != null; reader = turns.send()) {
            if (reader.isOver()) {
                remove(reader);
            }
        }
    }

    @Override
    public void writable() {
        send();
    }

    /** How many requests are in progress. Any thread may ask. */
    int count() {
        return count;
    }

    private void remove(SocketReader reader) {
        requests.remove(reader.id(), reader);
        count = requests.size();
        endIfStopping();
    }

    @Override
    public boolean isBusy() {
        return !requests.isEmpty();
    }

    @Override
    public void check() {
        long now = parts.ticker().getAsLong();
        for (SocketReader reader : requests.values().toArray(SocketReader[]::new)) {
            reader.check(now - checkedNanos, settings().connections().writeTimeout(), connection::send);
            if (reader.isOver()) {
                remove(reader);
            }
        }
        checkedNanos = now;
    }

    /** Takes no new requests, and closes the connection when those in progress have ended. */
    void stop() {
        connection.run(() -> {
            stopping = true;
            endIfStopping();
        });
    }

    private void endIfStopping() {
        if (stopping && requests.isEmpty()) {
            connection.close(CloseCode.GOING_AWAY, "the gateway is stopping");
        }
    }

    /** The calls of its requests continue for {@code claude.resume.window}. */
    @Override
    public void closed() {
        requests.values().forEach(SocketReader::leave);
        requests.clear();
        count = 0;
        turns.clear();
        messages.clear();
        arriving.forEach(parts.guard()::messageIsOver);
        arriving.clear();
        closed.accept(this);
    }
}
