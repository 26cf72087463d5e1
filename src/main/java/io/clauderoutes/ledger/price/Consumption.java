package io.clauderoutes.ledger.price;

import io.clauderoutes.ledger.row.Tokens;
import java.util.List;

/**
 * What one call used, in the parts that are priced each by itself.
 *
 * @param parts one, or one for each iteration that the API made within the call
 * @param inUs whether it was held within the United States
 * @param fast whether it ran at the fast speed
 * @param batch whether it was part of a batch
 * @param free whether it is not billed whatever its tokens: a refusal before any output
 */
public record Consumption(List<Part> parts, boolean inUs, boolean fast, boolean batch, boolean free) {

    public Consumption {
        parts = List.copyOf(parts);
    }

    /** Tokens that one model used. */
    public record Part(String model, Tokens tokens) {}

    /** Tokens of one model at standard terms. */
    public static Consumption of(String model, Tokens tokens) {
        return new Consumption(List.of(new Part(model, tokens)), false, false, false, false);
    }

    /** The most that the same costs as part of a batch. */
    public static Consumption inBatch(String model, Tokens tokens) {
        return new Consumption(List.of(new Part(model, tokens)), true, false, true, false);
    }

    public Tokens tokens() {
        return parts.stream().map(Part::tokens).reduce(Tokens::plus).orElse(Tokens.UNKNOWN);
    }
}
