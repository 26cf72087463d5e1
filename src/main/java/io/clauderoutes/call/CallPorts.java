package io.clauderoutes.call;

import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.ReplyPredictions;
import io.clauderoutes.tracing.Tracing;
import java.util.function.DoubleSupplier;

/**
 * What the call stage asks of other parts of the bundle.
 *
 * @param recorder of calls
 * @param predictions of replies
 * @param permitsUsed the share of the permits for requests in flight that are taken
 * @param tracing of calls
 */
public record CallPorts(
        CallRecorder recorder, ReplyPredictions predictions, DoubleSupplier permitsUsed, Tracing tracing) {}
