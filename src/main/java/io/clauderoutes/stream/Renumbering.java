package io.clauderoutes.stream;

import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.message.StreamEvent.BlockStart;
import io.clauderoutes.message.StreamEvent.BlockStop;
import io.clauderoutes.message.StreamEvent.InputJsonDelta;
import io.clauderoutes.message.StreamEvent.OtherDelta;
import io.clauderoutes.message.StreamEvent.SignatureDelta;
import io.clauderoutes.message.StreamEvent.TextDelta;
import io.clauderoutes.message.StreamEvent.ThinkingDelta;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/** Gives events of blocks the new number of their block. An event whose number stays is returned as it is. */
public final class Renumbering implements StreamEvent.Visitor<StreamEvent> {

    private final IntUnaryOperator numbers;

    /** @param numbers the new number of a block, by its number */
    public Renumbering(IntUnaryOperator numbers) {
        this.numbers = numbers;
    }

    private boolean stays(int index) {
        return numbers.applyAsInt(index) == index;
    }

    @Override
    public StreamEvent messageStart(StreamEvent.MessageStart event) {
        return event;
    }

    @Override
    public StreamEvent blockStart(BlockStart event) {
        return stays(event.index())
                ? event
                : new BlockStart(numbers.applyAsInt(event.index()), event.block(), Optional.empty());
    }

    @Override
    public StreamEvent textDelta(TextDelta event) {
        return stays(event.index())
                ? event
                : new TextDelta(numbers.applyAsInt(event.index()), event.text(), Optional.empty());
    }

    @Override
    public StreamEvent inputJsonDelta(InputJsonDelta event) {
        return stays(event.index())
                ? event
                : new InputJsonDelta(numbers.applyAsInt(event.index()), event.partialJson(), Optional.empty());
    }

    @Override
    public StreamEvent thinkingDelta(ThinkingDelta event) {
        return stays(event.index())
                ? event
                : new ThinkingDelta(numbers.applyAsInt(event.index()), event.thinking(), Optional.empty());
    }

    @Override
    public StreamEvent signatureDelta(SignatureDelta event) {
        return stays(event.index())
                ? event
                : new SignatureDelta(numbers.applyAsInt(event.index()), event.signature(), Optional.empty());
    }

    @Override
    public StreamEvent otherDelta(OtherDelta event) {
        return stays(event.index())
                ? event
                : new OtherDelta(numbers.applyAsInt(event.index()), event.delta(), Optional.empty());
    }

    @Override
    public StreamEvent blockStop(BlockStop event) {
        return stays(event.index()) ? event : new BlockStop(numbers.applyAsInt(event.index()), Optional.empty());
    }

    @Override
    public StreamEvent messageDelta(StreamEvent.MessageDelta event) {
        return event;
    }

    @Override
    public StreamEvent messageStop(StreamEvent.MessageStop event) {
        return event;
    }

    @Override
    public StreamEvent ping(StreamEvent.Ping event) {
        return event;
    }

    @Override
    public StreamEvent unknown(StreamEvent.Unknown event) {
        return event;
    }
}
