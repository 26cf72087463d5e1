package io.clauderoutes.check.json;

/**
 * A place in a reply that does not fit its schema.
 *
 * @param place in the reply, as a JSON pointer; empty for the whole reply
 * @param sentence what is wrong; it may name properties of the reply
 * @param rule what is wrong, in words of the schema alone
 */
public record Violation(String place, String sentence, String rule) {

    @Override
    public String toString() {
        return place.isEmpty() || sentence.startsWith(place) ? sentence : place + ": " + sentence;
    }
}
