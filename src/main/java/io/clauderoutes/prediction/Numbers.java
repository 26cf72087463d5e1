package io.clauderoutes.prediction;

import java.util.List;

/** Small numbers in a text, as digits or as English words. */
final class Numbers {

    private static final List<String> WORDS = List.of(
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve");

    private static final int MOST_DIGITS = 6;
    private static final int BASE = 10;

    private Numbers() {}

    /** The number that a word is; 0 if it is none. */
    static long of(String word) {
        if (word.isEmpty() || word.length() > MOST_DIGITS) {
            return 0;
        }
        if (Character.isDigit(word.charAt(0))) {
            long number = 0;
            for (int i = 0; i < word.length(); i++) {
                int digit = Character.digit(word.charAt(i), BASE);
                if (digit < 0) {
                    return 0;
                }
                number = number * BASE + digit;
            }
            return number;
        }
        int index = WORDS.indexOf(word);
        return index < 2 ? 0 : index;
    }
}
