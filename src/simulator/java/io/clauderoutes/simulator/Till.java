package io.clauderoutes.simulator;

import java.time.Clock;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts calls and tokens as they happen. It is told before the client can see what is counted, so that whoever has
 * read an answer to its end finds it on the bill.
 */
final class Till {

    private final Map<String, Long> calls = new HashMap<>();
    private final Map<Integer, Long> statuses = new HashMap<>();
    private final Map<String, Long> faults = new HashMap<>();
    private final Map<String, BilledUsage> models = new HashMap<>();
    private BilledUsage tokens = BilledUsage.NONE;
    private final Charges charges;
    private final Clock clock;
    private long unanswered;
    private long answersBilled;
    private long streamsBegun;
    private long streamsEnded;
    private long streamsCut;
    private Bill.Batches batches = Bill.Batches.NONE;

    /**
     * Counts from nothing.
     *
     * @param charges gets what each answer is billed with
     */
    Till(Charges charges, Clock clock) {
        this.charges = charges;
        this.clock = clock;
    }

    synchronized void call(String endpoint) {
        calls.merge(endpoint, 1L, Long::sum);
    }

    synchronized void fault(String name) {
        faults.merge(name, 1L, Long::sum);
    }

    synchronized void status(int status) {
        statuses.merge(status, 1L, Long::sum);
    }

    synchronized void unanswered() {
        unanswered++;
    }

    synchronized void streamBegun() {
        streamsBegun++;
    }

    synchronized void streamEnded() {
        streamsEnded++;
    }

    synchronized void streamCut() {
        streamsCut++;
    }

    void billed(String requestId, String model, PromptCache.Input input, int output) {
        billed(model, charged(requestId, model, input, output));
    }

    private BilledUsage charged(String requestId, String model, PromptCache.Input input, int output) {
        Charge charge = new Charge(
                requestId,
                clock.instant(),
                model,
                new Charge.Tokens(
                        input.fresh(), output, input.read(), input.writtenForMinutes(), input.writtenForAnHour()));
        charges.add(charge);
        return charge.usage();
    }

    private synchronized void billed(String model, BilledUsage usage) {
        answersBilled++;
        tokens = tokens.plus(usage);
        models.merge(model, usage, BilledUsage::plus);
    }

    synchronized void batchCreated(int items) {
        batches = batches.created(items);
    }

    synchronized void batchEnded() {
        batches = batches.oneEnded();
    }

    void batchItemBilled(String requestId, String model, PromptCache.Input input, int output) {
        batchItemBilled(model, charged(requestId, model, input, output));
    }

    private synchronized void batchItemBilled(String model, BilledUsage usage) {
        batches = batches.billed(model, usage);
    }

    synchronized Bill bill() {
        return new Bill(
                calls,
                statuses,
                unanswered,
                faults,
                new Bill.Billed(answersBilled, tokens, models),
                new Bill.Streams(streamsBegun, streamsEnded, streamsCut),
                batches);
    }
}
