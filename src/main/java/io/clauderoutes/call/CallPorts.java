package io.clauderoutes.call;

import io.clauderoutes.request.CallRecorder;
import io.clauderoutes.request.ReplyPredictions;
import java.util.function.DoubleSupplier;

/**
 * What the call stage asks of other parts of the bundle.
 *
 * @param recorder of calls
 * @param predictions of replies
 * @param permitsUsed the share of the permits for requests in flight that are taken
 */
public record CallPorts(CallRecorder recorder, ReplyPredictions predictions, DoubleSupplier permitsUsed) {}
