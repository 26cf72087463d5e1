package io.clauderoutes.simulator;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** What a person, or a test in another process, can ask of the simulator itself. Not counted and not recorded. */
final class ControlApi {

    private final Till till;
    private final FaultSource faults;
    private final FaultSource tokenFaults;
    private final BatchFaults batchFaults;
    private final TokensGiven given;

    ControlApi(Till till, FaultSource faults, FaultSource tokenFaults, BatchFaults batchFaults, TokensGiven given) {
        this.till = till;
        this.faults = faults;
        this.tokenFaults = tokenFaults;
        this.batchFaults = batchFaults;
        this.given = given;
    }

    void bill(Call call) {
        call.json(200, till.bill().toJson().getBytes(StandardCharsets.UTF_8));
    }

    void script(Call call) throws RefusedCall {
        try {
            faults.script(told(call));
        } catch (IllegalArgumentException e) {
            throw new RefusedCall(ErrorReply.invalid(e.getMessage()));
        }
        unasked(call, faults);
    }

    void forget(Call call) {
        faults.clear();
        unasked(call, faults);
    }

    void scriptTokens(Call call) throws RefusedCall {
        try {
            tokenFaults.script(Fault.ofTokens(told(call)));
        } catch (IllegalArgumentException e) {
            throw new RefusedCall(ErrorReply.invalid(e.getMessage()));
        }
        unasked(call, tokenFaults);
    }

    void forgetTokens(Call call) {
        tokenFaults.clear();
        unasked(call, tokenFaults);
    }

    /** Faults of the calls that the parameter {@code of} names: creation, look or results. */
    void scriptBatches(Call call) throws RefusedCall {
        try {
            String of = call.parameter("of").orElse("").toUpperCase(Locale.ROOT);
            batchFaults.script(BatchFaults.Step.valueOf(of), told(call));
        } catch (IllegalArgumentException e) {
            throw new RefusedCall(ErrorReply.invalid(
                    "expected of=creation, of=look or of=results, and faults that fit: " + e.getMessage()));
        }
        call.json(200, "{}".getBytes(StandardCharsets.UTF_8));
    }

    void revoke(Call call) {
        given.revokeAll();
        call.json(200, "{}".getBytes(StandardCharsets.UTF_8));
    }

    private static List<Fault> told(Call call) {
        return Fault.fromJson(new String(call.body(), StandardCharsets.UTF_8));
    }

    private static void unasked(Call call, FaultSource its) {
        call.json(200, Json.write(json -> {
            json.writeStartObject();
            json.writeNumberField("unasked", its.unasked().size());
            json.writeEndObject();
        }));
    }
}
