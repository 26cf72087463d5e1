package io.clauderoutes.request;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.StreamEvent;
import java.util.OptionalLong;

/** Where every call to an endpoint is written down before it is made, and what it cost when it is over. */
public interface CallRecorder {

    /** Nothing is written down. */
    CallRecorder NONE = new CallRecorder() {
        @Override
        public Entry open(Flight flight, String endpoint) {
            return Entry.NONE;
        }

        @Override
        public void notCalled(Flight flight) {
            // nobody keeps books
        }
    };

    /**
     * A call is about to be made. When this returns, the entry outlives the process.
     *
     * @throws ClaudeException if the call must not be made: nothing can be written down, or the tenant has spent its budget
     */
    Entry open(Flight flight, String endpoint);

    /** A request needed no call: it was answered from the cache, or joined another. It is written down without delay. */
    void notCalled(Flight flight);

    /** One call to an endpoint. It is used by one thread at a time. */
    interface Entry {

        /** A call that nobody writes down. */
        Entry NONE = new Entry() {
            @Override
            public void started() {
                // nobody keeps books
            }

            @Override
            public void saw(StreamEvent event) {
                // nobody keeps books
            }

            @Override
            public void ended() {
                // nobody keeps books
            }

            @Override
            public void failed(ClaudeException failure, boolean sent) {
                // nobody keeps books
            }

            @Override
            public OptionalLong costMicroUsd() {
                return OptionalLong.empty();
            }
        };

        /** The head of a good response has come. */
        void started();

        /** An event came off the wire, before anything was changed in it. The last one settles the entry. */
        void saw(StreamEvent event);

        /** The call is over, whatever happened to its answer afterwards. When this returns, that outlives the process. */
        void ended();

        /**
         * The call did not come to its end. When this returns, that outlives the process.
         *
         * @param sent whether the endpoint may have got the request
         */
        void failed(ClaudeException failure, boolean sent);

        /** What the call cost, in millionths of a US dollar; empty while it is under way and where the cost is not known. */
        OptionalLong costMicroUsd();
    }
}
