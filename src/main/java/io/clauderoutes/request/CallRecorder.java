package io.clauderoutes.request;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.StreamEvent;
import java.util.OptionalLong;

/** Records every call to an endpoint before it is made, and what it cost when it is over. The ledger implements it. */
public interface CallRecorder {

    /** Records nothing. */
    CallRecorder NONE = new CallRecorder() {
        @Override
        public Entry open(Request request, String endpoint) {
            return Entry.NONE;
        }

        @Override
        public void notCalled(Request request) {
            // nothing is recorded
        }
    };

    /**
     * A call is about to be made. When this returns, the entry outlives the process.
     *
     * @throws ClaudeException if the call must not be made: it cannot be recorded, or the tenant has spent its budget
     */
    Entry open(Request request, String endpoint);

    /** A request needed no call: its reply came from the cache, or it joined another request. */
    void notCalled(Request request);

    /** One call to an endpoint. It is used by one thread at a time. */
    interface Entry {

        /** Records nothing. */
        Entry NONE = new Entry() {
            @Override
            public void requestId(String id) {
                // nothing is recorded
            }

            @Override
            public void strategy(String choice) {
                // nothing is recorded
            }

            @Override
            public void started() {
                // nothing is recorded
            }

            @Override
            public void saw(StreamEvent event) {
                // nothing is recorded
            }

            @Override
            public void ended() {
                // nothing is recorded
            }

            @Override
            public void failed(ClaudeException failure, boolean sent) {
                // nothing is recorded
            }

            @Override
            public OptionalLong costMicroUsd() {
                return OptionalLong.empty();
            }
        };

        /** The endpoint gave the call this id; empty text if it gave none. */
        void requestId(String id);

        /** What the strategy {@code auto} chose for the reply; the last choice is recorded. */
        void strategy(String choice);

        /** The head of a successful response has arrived. */
        void started();

        /** An event came off the wire, before anything changed it. The last one settles the entry. */
        void saw(StreamEvent event);

        /** The call is over, whatever happened to its reply afterwards. When this returns, that outlives the process. */
        void ended();

        /**
         * The call failed. When this returns, that outlives the process.
         *
         * @param sent whether the endpoint may have got the request
         */
        void failed(ClaudeException failure, boolean sent);

        /** What the call cost, in millionths of a US dollar; empty while it is under way and where the cost is not known. */
        OptionalLong costMicroUsd();
    }
}
