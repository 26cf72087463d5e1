package io.clauderoutes.ledger.price;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ledger.row.Tokens;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** What the events of one call tell of its bill, as far as they have come. Counts are running totals: the last one told wins. */
public final class UsageTotals {

    /** Letters that a token is taken to have where only text was seen. */
    private static final int LETTERS_PER_TOKEN = 4;

    private final String asked;
    private final boolean batch;
    private final StreamEvent.Visitor<Void> counting = new Counting();
    private String model;
    /** Shared with the events, and not changed. */
    private ObjectNode usage;

    private boolean content;
    private boolean outputTold;
    private long letters;
    private String stopReason = "";

    /**
     * Of one call.
     *
     * @param asked the model that was asked for, used where the reply names none
     * @param batch whether it is part of a batch, whether the reply says so or not
     */
    public UsageTotals(String asked, boolean batch) {
        this.asked = asked;
        this.batch = batch;
        this.model = asked;
    }

    /** Counts an event of the reply. */
    public void saw(StreamEvent event) {
        event.accept(counting);
    }

    private final class Counting implements StreamEvent.Visitor<Void> {
        @Override
        public Void messageStart(StreamEvent.MessageStart event) {
            return begins(event);
        }

        @Override
        public Void blockStart(StreamEvent.BlockStart event) {
            return sawContent(event);
        }

        @Override
        public Void textDelta(StreamEvent.TextDelta event) {
            return saw(event.text());
        }

        @Override
        public Void inputJsonDelta(StreamEvent.InputJsonDelta event) {
            return saw(event.partialJson());
        }

        @Override
        public Void thinkingDelta(StreamEvent.ThinkingDelta event) {
            return saw(event.thinking());
        }

        @Override
        public Void signatureDelta(StreamEvent.SignatureDelta event) {
            return sawContent(event);
        }

        @Override
        public Void otherDelta(StreamEvent.OtherDelta event) {
            return sawContent(event);
        }

        @Override
        public Void blockStop(StreamEvent.BlockStop event) {
            return null;
        }

        @Override
        public Void messageDelta(StreamEvent.MessageDelta event) {
            return goesOn(event);
        }

        @Override
        public Void messageStop(StreamEvent.MessageStop event) {
            return null;
        }

        @Override
        public Void ping(StreamEvent.Ping event) {
            return null;
        }

        @Override
        public Void unknown(StreamEvent.Unknown event) {
            return null;
        }

        private Void begins(StreamEvent.MessageStart event) {
            String named = event.message().path("model").asText("");
            model = named.isEmpty() ? asked : named;
            usage = event.message().path("usage") instanceof ObjectNode counts ? counts : null;
            return null;
        }

        private Void goesOn(StreamEvent.MessageDelta event) {
            stopReason = event.delta().path("stop_reason").asText(stopReason);
            usage = usage == null ? event.usageJson() : MessageJson.runningTotals(usage, event.usageJson());
            outputTold |= event.usage().output().isPresent();
            return null;
        }

        private Void sawContent(StreamEvent event) {
            content |= event.isContent();
            return null;
        }

        private Void saw(String text) {
            content |= !text.isEmpty();
            letters += text.length();
            return null;
        }
    }

    /** The model that answered. */
    public String model() {
        return model;
    }

    /** Whether the reply has told what its input was. */
    public boolean isInputKnown() {
        return usage != null && count(usage, "input_tokens").isPresent();
    }

    /** What was used, by the last word of a reply that came to its end. */
    public Consumption used() {
        return consumption(tokens());
    }

    /** What was used by a reply that broke off: output that was not told is guessed from the text that was seen. */
    public Consumption usedSoFar() {
        Tokens told = tokens();
        long seen = (letters + LETTERS_PER_TOKEN - 1) / LETTERS_PER_TOKEN;
        return consumption(
                outputTold ? told : told.withOutput(Math.max(told.output().orElse(0), seen)));
    }

    private Consumption consumption(Tokens whole) {
        List<Consumption.Part> parts = new ArrayList<>();
        JsonNode terms = usage == null ? MissingNode.getInstance() : usage;
        for (JsonNode iteration : terms.path("iterations")) {
            parts.add(new Consumption.Part(iteration.path("model").asText(model), tokens(iteration)));
        }
        if (parts.isEmpty()) {
            parts.add(new Consumption.Part(model, whole));
        } else if (whole.webSearches().isPresent()
                && parts.stream().allMatch(part -> part.tokens().webSearches().isEmpty())) {
            parts.add(new Consumption.Part(model, searchesOf(whole)));
        }
        return new Consumption(
                parts,
                terms.path("inference_geo").asText().equals("us"),
                terms.path("speed").asText().equals("fast"),
                batch || terms.path("service_tier").asText().equals("batch"),
                stopReason.equals("refusal") && !content);
    }

    /** Searches are told once for a call, whatever its iterations. */
    private static Tokens searchesOf(Tokens whole) {
        OptionalLong none = OptionalLong.empty();
        return new Tokens(OptionalLong.of(0), OptionalLong.of(0), none, none, none, whole.webSearches());
    }

    private Tokens tokens() {
        return usage == null ? Tokens.UNKNOWN : tokens(usage);
    }

    private static Tokens tokens(JsonNode counts) {
        OptionalLong written = count(counts, "cache_creation_input_tokens");
        OptionalLong hour = count(counts.path("cache_creation"), "ephemeral_1h_input_tokens");
        OptionalLong minutes = written.isPresent()
                ? OptionalLong.of(Math.max(0, written.getAsLong() - hour.orElse(0)))
                : count(counts.path("cache_creation"), "ephemeral_5m_input_tokens");
        return new Tokens(
                count(counts, "input_tokens"),
                count(counts, "output_tokens"),
                count(counts, "cache_read_input_tokens"),
                minutes,
                hour,
                count(counts.path("server_tool_use"), "web_search_requests"));
    }

    private static OptionalLong count(JsonNode counts, String name) {
        JsonNode node = counts.path(name);
        return node.isIntegralNumber() && node.canConvertToLong() && node.asLong() >= 0
                ? OptionalLong.of(node.asLong())
                : OptionalLong.empty();
    }
}
