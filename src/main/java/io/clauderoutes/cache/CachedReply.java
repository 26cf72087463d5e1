package io.clauderoutes.cache;

import io.clauderoutes.message.Frame;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Reply;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.stream.ReplyStream;
import io.clauderoutes.stream.SharedReply;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * A whole reply as it was handed on, redacted. It serves callers who want a stream and callers who do not. It is kept as
 * bytes alone, for there are many, and they outlive a young collection.
 */
sealed interface CachedReply {

    /** The reply told again. */
    ReplyStream replay(MessageJson json);

    /** Bytes that it takes in memory. */
    int weight();

    /**
     * A reply to remember.
     *
     * @param events by which it was told
     */
    static CachedReply of(Reply reply, SharedReply events) {
        return reply.json().<CachedReply>map(Whole::new).orElseGet(() -> new Events(events.frames()));
    }

    /** A message that came whole, of which nothing was changed: it leaves byte for byte. */
    record Whole(Frame message) implements CachedReply {

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

    /** Any other reply: the JSON of its events, one after the other. */
    final class Events implements CachedReply {

        /** The headers of this object and of its arrays. */
        private static final int HEADERS = 64;

        private static final int USUAL_EVENT = 128;

        private final byte[] json;
        private final int[] ends;

        Events(List<byte[]> frames) {
            ByteArrayOutputStream all = new ByteArrayOutputStream(USUAL_EVENT * frames.size());
            ends = new int[frames.size()];
            for (int i = 0; i < ends.length; i++) {
                all.writeBytes(frames.get(i));
                ends[i] = all.size();
            }
            json = all.toByteArray();
        }

        @Override
        public ReplyStream replay(MessageJson codec) {
            return new ReplyStream() {
                private int position;

                @Override
                public boolean hasNext() {
                    return position < ends.length;
                }

                @Override
                public StreamEvent next() {
                    if (!hasNext()) {
                        throw new NoSuchElementException("the reply has ended");
                    }
                    int begin = position == 0 ? 0 : ends[position - 1];
                    return codec.known(Arrays.copyOfRange(json, begin, ends[position++]));
                }

                @Override
                public void close() {
                    // nothing is open
                }
            };
        }

        @Override
        public int weight() {
            return (int) Math.min(Integer.MAX_VALUE, HEADERS + json.length + (long) Integer.BYTES * ends.length);
        }
    }
}
