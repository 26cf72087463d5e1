package io.clauderoutes.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.message.MessageJson;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * An event of a tool call, as requesters get it. Input and result are redacted.
 *
 * @param input of the tool; empty at the end of the call
 * @param result of the tool as text; empty at the start of the call
 * @param error whether the call failed
 * @param took how long the call took; zero at its start
 */
public record ToolEvent(
        Phase phase, Call call, Optional<JsonNode> input, Optional<String> result, boolean error, Duration took) {
    /**
     * One call of a tool.
     *
     * @param round of the request, from 1
     * @param id of the call, the API's
     */
    public record Call(int round, String id, String tool) {}

    /** When the event happens. */
    public enum Phase {
        CALL,
        RESULT;

        /** The word on the wire. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The event as JSON. */
    public ObjectNode json(MessageJson codec) {
        ObjectNode json = codec.newObject().put("type", "tool").put("phase", phase.word());
        json.put("round", call.round()).put("id", call.id()).put("name", call.tool());
        input.ifPresent(value -> json.set("input", value));
        result.ifPresent(text -> json.put("is_error", error).put("result", text).put("duration_ms", took.toMillis()));
        return json;
    }

    /** A tool is called. */
    public static ToolEvent call(int round, String id, String tool, JsonNode input) {
        return new ToolEvent(
                Phase.CALL, new Call(round, id, tool), Optional.of(input), Optional.empty(), false, Duration.ZERO);
    }

    /** A tool has given its result, or has failed. */
    public static ToolEvent result(int round, String id, String tool, String result, boolean error, Duration took) {
        return new ToolEvent(
                Phase.RESULT, new Call(round, id, tool), Optional.empty(), Optional.of(result), error, took);
    }
}
