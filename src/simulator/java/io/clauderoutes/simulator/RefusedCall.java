package io.clauderoutes.simulator;

/** A request that the API would not take. It carries its answer and no stack trace, for it is no failure of ours. */
final class RefusedCall extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient ErrorReply error;

    RefusedCall(ErrorReply error) {
        super(error.message(), null, false, false);
        this.error = error;
    }

    ErrorReply error() {
        return error;
    }
}
