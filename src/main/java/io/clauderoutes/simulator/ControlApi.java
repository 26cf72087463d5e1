package io.clauderoutes.simulator;

import java.nio.charset.StandardCharsets;

/** What a person, or a test in another process, can ask of the simulator itself. Not counted and not recorded. */
final class ControlApi {

    private final Till till;
    private final FaultSource faults;

    ControlApi(Till till, FaultSource faults) {
        this.till = till;
        this.faults = faults;
    }

    void bill(Call call) {
        call.json(200, till.bill().toJson().getBytes(StandardCharsets.UTF_8));
    }

    void script(Call call) throws RefusedCall {
        try {
            faults.script(Fault.fromJson(new String(call.body(), StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException e) {
            throw new RefusedCall(ApiError.invalid(e.getMessage()));
        }
        unasked(call);
    }

    void forget(Call call) {
        faults.clear();
        unasked(call);
    }

    private void unasked(Call call) {
        call.json(200, Json.write(json -> {
            json.writeStartObject();
            json.writeNumberField("unasked", faults.unasked().size());
            json.writeEndObject();
        }));
    }
}
