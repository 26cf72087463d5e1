package io.clauderoutes.simulator;

import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Iterator;

/** One answer as the steps in which it is sent, made one after the other as the client takes them. */
interface Script extends Iterator<Script.Step> {

    /** Where in an answer some bytes belong. */
    enum Part {
        BEGINNING,
        DELTA,
        END
    }

    sealed interface Step {
        void tell(Listener listener);
    }

    interface Listener {
        void bytes(Bytes step);

        void silence(Silence step);

        void cut(Cut step);
    }

    /**
     * Bytes to send.
     *
     * @param tokens that they cost
     * @param alone whether nothing else may be sent with them
     */
    record Bytes(Buffer bytes, Part part, int tokens, boolean alone) implements Step {

        Bytes(byte[] bytes, Part part, int tokens) {
            this(Buffer.buffer(bytes), part, tokens, false);
        }

        @Override
        public void tell(Listener listener) {
            listener.bytes(this);
        }
    }

    record Silence(Duration duration) implements Step {
        @Override
        public void tell(Listener listener) {
            listener.silence(this);
        }
    }

    /** The end, though not of the answer. */
    record Cut(How how) implements Step {

        /** What ends. */
        enum How {
            /** The response, as HTTP wants it. */
            END,
            /** The connection, by a reset. */
            RESET,
            /** The connection, without a reset, and without the response's head if no byte of it was sent. */
            CLOSE
        }

        @Override
        public void tell(Listener listener) {
            listener.cut(this);
        }
    }
}
