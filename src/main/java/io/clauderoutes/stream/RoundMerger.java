package io.clauderoutes.stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Makes one reply of the replies of several rounds, event by event: one start, blocks that are numbered through, and one end with the
 * tokens of all rounds. Calls of the bundle's own tools are left out. A round that ends with such calls alone has no end here, because
 * another round follows.
 */
public final class RoundMerger {

    private static final String TOOL_USE = "tool_use";

    private final Predicate<String> isOurs;
    private final MessageJson json;
    private final StreamEvent.Visitor<Optional<StreamEvent>> merging = new Merging();
    private final Renumbering renumbering = new Renumbering(this::number);
    /** The number in the whole reply of each block of this round that is not left out. */
    private final Map<Integer, Integer> numbers = new HashMap<>();

    private final Set<Integer> left = new HashSet<>();
    private boolean started;
    private int blocks;
    private int ours;
    private int others;
    private boolean continued;
    /** The token counts of the rounds before this one. */
    private ObjectNode earlier;

    private ObjectNode counts;

    /**
     * Merges rounds.
     *
     * @param isOurs whether a tool of this name is the bundle's
     */
    public RoundMerger(Predicate<String> isOurs, MessageJson json) {
        this.isOurs = isOurs;
        this.json = json;
        this.earlier = json.newObject();
        this.counts = json.newObject();
    }

    /** Another round begins. */
    public void begin() {
        earlier = sum(earlier, counts);
        counts = json.newObject();
        numbers.clear();
        left.clear();
        ours = 0;
        others = 0;
        continued = false;
    }

    /** What the next event of this round is in the whole reply. */
    public List<StreamEvent> next(StreamEvent event) {
        if (event instanceof StreamEvent.MessageStart start && started) {
            counts = start.message().get("usage") instanceof ObjectNode usage ? usage : json.newObject();
            return blocksOf(start);
        }
        return event.accept(merging).map(List::of).orElse(List.of());
    }

    /** Whether this round has ended, and with calls of the bundle's own tools alone. */
    public boolean isContinued() {
        return continued;
    }

    /** A reply may begin with whole blocks. */
    private List<StreamEvent> blocksOf(StreamEvent.MessageStart start) {
        List<StreamEvent> events = new ArrayList<>();
        int index = 0;
        for (JsonNode block : start.message().path("content")) {
            if (block instanceof ObjectNode object) {
                merging.blockStart(new StreamEvent.BlockStart(index, object, Optional.empty()))
                        .ifPresent(events::add);
                merging.blockStop(new StreamEvent.BlockStop(index, Optional.empty()))
                        .ifPresent(events::add);
            }
            index++;
        }
        return events;
    }

    private int number(int index) {
        return numbers.computeIfAbsent(index, added -> blocks++);
    }

    private Optional<StreamEvent> renumbered(int index, StreamEvent event) {
        return left.contains(index) ? Optional.empty() : Optional.of(event.accept(renumbering));
    }

    private final class Merging implements StreamEvent.Visitor<Optional<StreamEvent>> {
        @Override
        public Optional<StreamEvent> messageStart(StreamEvent.MessageStart event) {
            started = true;
            counts = event.message().get("usage") instanceof ObjectNode usage ? usage : json.newObject();
            for (int i = 0; i < event.message().path("content").size(); i++) {
                number(i);
            }
            return Optional.of(event);
        }

        @Override
        public Optional<StreamEvent> blockStart(StreamEvent.BlockStart event) {
            if (event.type().equals(TOOL_USE)) {
                if (isOurs.test(event.block().path("name").asText())) {
                    ours++;
                    left.add(event.index());
                } else {
                    others++;
                }
            }
            return renumbered(event.index(), event);
        }

        @Override
        public Optional<StreamEvent> textDelta(StreamEvent.TextDelta event) {
            return renumbered(event.index(), event);
        }

        @Override
        public Optional<StreamEvent> inputJsonDelta(StreamEvent.InputJsonDelta event) {
            return renumbered(event.index(), event);
        }

        @Override
        public Optional<StreamEvent> thinkingDelta(StreamEvent.ThinkingDelta event) {
            return renumbered(event.index(), event);
        }

        @Override
        public Optional<StreamEvent> signatureDelta(StreamEvent.SignatureDelta event) {
            return renumbered(event.index(), event);
        }

        @Override
        public Optional<StreamEvent> otherDelta(StreamEvent.OtherDelta event) {
            return renumbered(event.index(), event);
        }

        @Override
        public Optional<StreamEvent> blockStop(StreamEvent.BlockStop event) {
            return renumbered(event.index(), event);
        }

        @Override
        public Optional<StreamEvent> messageDelta(StreamEvent.MessageDelta event) {
            counts = MessageJson.runningTotals(counts, event.usageJson());
            if (event.delta().path("stop_reason").asText().equals(TOOL_USE) && ours > 0 && others == 0) {
                continued = true;
            }
            if (continued) {
                return Optional.empty();
            }
            if (earlier.isEmpty()) {
                return Optional.of(event);
            }
            ObjectNode all = sum(earlier, counts);
            return Optional.of(new StreamEvent.MessageDelta(event.delta(), all, json.usage(all), Optional.empty()));
        }

        @Override
        public Optional<StreamEvent> messageStop(StreamEvent.MessageStop event) {
            return continued ? Optional.empty() : Optional.of(event);
        }

        @Override
        public Optional<StreamEvent> ping(StreamEvent.Ping event) {
            return Optional.of(event);
        }

        @Override
        public Optional<StreamEvent> unknown(StreamEvent.Unknown event) {
            return Optional.of(event);
        }
    }

    /** Adds numbers, also those of objects inside; of anything else the later value counts. Neither object is changed. */
    private ObjectNode sum(ObjectNode one, ObjectNode other) {
        ObjectNode sum = MessageJson.copy(one);
        other.properties().forEach(field -> {
            JsonNode before = sum.get(field.getKey());
            JsonNode added = field.getValue();
            if (before instanceof ObjectNode inner && added instanceof ObjectNode more) {
                sum.set(field.getKey(), sum(inner, more));
            } else if (before != null && before.isNumber() && added.isNumber()) {
                if (before.isIntegralNumber() && added.isIntegralNumber()) {
                    sum.put(field.getKey(), before.longValue() + added.longValue());
                } else {
                    BigDecimal total = before.decimalValue().add(added.decimalValue());
                    sum.put(field.getKey(), total);
                }
            } else if (before == null || !added.isNull()) {
                sum.set(field.getKey(), added);
            }
        });
        return sum;
    }
}
