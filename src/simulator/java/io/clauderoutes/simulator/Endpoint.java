package io.clauderoutes.simulator;

/** Answers the calls to one path. */
@FunctionalInterface
interface Endpoint {

    void answer(Call call) throws RefusedCall;
}
