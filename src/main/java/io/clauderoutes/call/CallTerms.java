package io.clauderoutes.call;

import io.clauderoutes.call.endpoint.RequestFailures;
import io.clauderoutes.request.Attempt;

/**
 * How a call is made.
 *
 * @param deadlineNanos of its request, by the bundle's ticker
 * @param waits whether the call waits for the endpoint's quota, because no other endpoint is left
 * @param failures of the request's calls so far
 * @param race with the calls that are made at the same time
 * @param onStart runs when the call is sent
 */
record CallTerms(long deadlineNanos, boolean waits, RequestFailures failures, Attempt.Race race, Runnable onStart) {

    /** Terms of a call that is made on its own. */
    static CallTerms alone(long deadlineNanos, boolean waits, RequestFailures failures) {
        return new CallTerms(deadlineNanos, waits, failures, new Attempt.Race(), () -> {});
    }

    /** The same terms for a call in a race. */
    CallTerms in(Attempt.Race other, Runnable whenStarted) {
        return new CallTerms(deadlineNanos, waits, failures, other, whenStarted);
    }

    /** The same terms for a call that does not wait. */
    CallTerms withoutWait() {
        return new CallTerms(deadlineNanos, false, failures, race, onStart);
    }
}
