package io.clauderoutes.cache;

import io.clauderoutes.Frame;
import io.clauderoutes.Reply;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.request.SharedReply;
import io.clauderoutes.stream.FrameLog;
import io.clauderoutes.stream.ReplyStream;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * A whole reply as it was handed on, redacted. It serves callers who want a stream and callers who do not. It is kept as
 * bytes alone, because there are many, and they outlive a young collection.
 */
sealed interface CachedReply {

    /** The reply told again. */
    ReplyStream replay(MessageJson json);

    /** When it was stored, by the ticker. */
    long storedNanos();

    /** Bytes that it takes in memory. */
    int weight();

    /**
     * A reply to remember.
     *
     * @param events of the reply
     */
    static CachedReply of(Reply reply, SharedReply events, long nowNanos) {
        return reply.json()
                .<CachedReply>map(whole -> new Whole(whole, nowNanos))
                .orElseGet(() -> new Events(events.frames(), nowNanos));
    }

    /** A message that came whole, of which nothing was changed: it leaves byte for byte. */
    record Whole(Frame message, long storedNanos) implements CachedReply {

        /** The headers of this object, of the frame and of its array. */
        private static final int HEADERS = 48;

        @Override
        public ReplyStream replay(MessageJson json) {
            return ReplyStream.of(json.events(message.bytes()), Optional.of(message));
        }

        @Override
        public int weight() {
            return (int) Math.min(Integer.MAX_VALUE, HEADERS + (long) message.length());
        }
    }

    /** Any other reply, as the frames that told it. */
    record Events(FrameLog frames, long storedNanos) implements CachedReply {

        /** The headers of this object, of the log and of its arrays. */
        private static final int HEADERS = 96;

        @Override
        public ReplyStream replay(MessageJson json) {
            FrameLog.Reader reader = frames.reader();
            return new ReplyStream() {
                @Override
                public boolean hasNext() {
                    return reader.hasNext();
                }

                @Override
                public StreamEvent next() throws NoSuchElementException {
                    return json.known(reader.next());
                }

                @Override
                public void close() {
                    // nothing is open
                }
            };
        }

        @Override
        public int weight() {
            return (int) Math.min(Integer.MAX_VALUE, HEADERS + (long) frames.size());
        }
    }
}
