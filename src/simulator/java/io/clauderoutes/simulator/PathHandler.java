package io.clauderoutes.simulator;

/** Answers the calls to one path. */
@FunctionalInterface
interface PathHandler {

    void answer(Call call) throws RefusedCall;
}
