package io.clauderoutes.prediction;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** Cheap features of a request: counts and cues in its last text, and what its fields ask for. */
final class PromptFeatures {

    private static final int LONGEST_INSTRUCTION = 400;
    private static final int LONGEST_TAIL = 160;
    /** Characters that are read of a text at most, from its start. */
    private static final int LONGEST_READ = 4000;

    private static final int HEAD_WORDS = 6;
    private static final int MOST_OF_A_CUE = 2;
    private static final double CHARS_PER_TOKEN = 4;
    private static final double LONG_WORD = 8;
    private static final double USUAL_WORDS = 300;
    private static final double PER_DOUBLING_OF_TOKENS = 10;

    private static final List<String> NAMES = names();

    private static final int WORDS_ASKED_FOR = NAMES.indexOf("wordsAskedFor");
    private static final int ASKS_FOR_WORDS = NAMES.indexOf("asksForWords");
    private static final int SHORT_ANSWER = NAMES.indexOf("shortAnswer");
    private static final double TOKENS_PER_WORD = 1.35;
    private static final double SHORT_ANSWER_TOKENS = 10;

    private PromptFeatures() {}

    private static List<String> names() {
        List<String> names = new ArrayList<>(List.of(
                "one",
                "length",
                "lengthSquared",
                "hasBody",
                "bodyLength",
                "instructionWords",
                "sentences",
                "conjunctions",
                "lines",
                "endsWithQuestion",
                "questions",
                "codeFence",
                "wordsAskedFor",
                "asksForWords",
                "shortAnswer",
                "itemsAskedFor",
                "pages",
                "nonLatin",
                "digits",
                "upperCase",
                "wordLength",
                "longWords",
                "quotes",
                "maxTokens",
                "tools",
                "thinking"));
        for (Cue cue : Cue.values()) {
            names.add("has." + cue.name());
        }
        for (Cue cue : Cue.values()) {
            names.add("begins." + cue.name());
        }
        names.addAll(List.of("changesBody", "writesOnBody", "changeLength", "writeLength", "explainLength"));
        return List.copyOf(names);
    }

    /** The name of each feature, in their order. */
    static List<String> all() {
        return NAMES;
    }

    /** The length that a text asks for in words, in tokens; empty if it asks for none. */
    static OptionalDouble tokensAskedFor(double[] features) {
        if (features[SHORT_ANSWER] > 0) {
            return OptionalDouble.of(SHORT_ANSWER_TOKENS);
        }
        return features[ASKS_FOR_WORDS] > 0
                ? OptionalDouble.of(Math.exp(features[WORDS_ASKED_FOR]) * USUAL_WORDS * TOKENS_PER_WORD)
                : OptionalDouble.empty();
    }

    static double[] of(PromptFacts facts) {
        String text = facts.input().text();
        Scan scan = new Scan(text.length() > LONGEST_READ ? text.substring(0, LONGEST_READ) : text);
        double[] values = new double[NAMES.size()];
        int at = 0;
        double length = Math.log1p(facts.input().length() / CHARS_PER_TOKEN) - 3.3;
        values[at++] = 1;
        values[at++] = length;
        values[at++] = length * length;
        values[at++] = scan.body > 0 ? 1 : 0;
        values[at++] = Math.log1p((scan.body + facts.input().length() - scan.text.length()) / CHARS_PER_TOKEN);
        values[at++] = Math.log1p(scan.words) - 2.8;
        values[at++] = Math.log1p(scan.sentences);
        values[at++] = Math.min(4, scan.conjunctions);
        values[at++] = Math.log1p(scan.lines);
        values[at++] = scan.last == '?' ? 1 : 0;
        values[at++] = Math.min(3, scan.questions);
        values[at++] = text.contains("```") ? 1 : 0;
        values[at++] = scan.wordsAskedFor == 0 ? 0 : Math.log(scan.wordsAskedFor / USUAL_WORDS);
        values[at++] = scan.wordsAskedFor == 0 ? 0 : 1;
        values[at++] = scan.shortAnswer ? 1 : 0;
        values[at++] = scan.items == 0 ? 0 : Math.log1p(Math.min(100, scan.items));
        values[at++] = scan.pages ? 1 : 0;
        values[at++] = scan.share(scan.nonLatin);
        values[at++] = scan.share(scan.digits);
        values[at++] = scan.share(scan.upper);
        values[at++] = scan.words == 0 ? 0 : scan.wordChars / (double) scan.words - 4.5;
        values[at++] = scan.words == 0 ? 0 : scan.longWords / (double) scan.words;
        values[at++] = scan.quotes ? 1 : 0;
        values[at++] = facts.maxTokens() <= 0 ? 0 : Math.log(facts.maxTokens() / 1024.0) / 4;
        values[at++] = facts.tools() ? 1 : 0;
        values[at++] = Math.log1p((double) facts.thinkingBudget()) / PER_DOUBLING_OF_TOKENS;
        for (Cue cue : Cue.values()) {
            values[at++] = scan.cues[cue.index()];
        }
        for (Cue cue : Cue.values()) {
            values[at++] = (scan.head & cue.bit()) == 0 ? 0 : 1;
        }
        boolean changes = scan.has(Cue.TRANSFORM);
        values[at++] = scan.body > 0 && (changes || scan.has(Cue.CLASSIFY) || scan.has(Cue.SHORT_FORM)) ? 1 : 0;
        values[at++] =
                scan.body > 0 && (scan.has(Cue.WRITE) || scan.has(Cue.LONG_FORM) || scan.has(Cue.ANALYSIS)) ? 1 : 0;
        values[at++] = changes ? length : 0;
        values[at++] = scan.has(Cue.WRITE) ? length : 0;
        values[at] = scan.has(Cue.EXPLAIN) ? length : 0;
        return values;
    }

    /**
     * A hash of the first words of a text, by which requests of one template are recognised.
     *
     * @param head words that count
     */
    static long template(String text, int head) {
        long hash = 1125899906842597L;
        int words = 0;
        boolean inWord = false;
        for (int i = 0; i < Math.min(text.length(), LONGEST_INSTRUCTION) && words < head; i++) {
            char each = Character.toLowerCase(text.charAt(i));
            if (Character.isLetterOrDigit(each)) {
                hash = 31 * hash + each;
                inWord = true;
            } else if (inWord) {
                hash = 31 * hash + ' ';
                words++;
                inWord = false;
            }
        }
        return hash;
    }

    /** One pass over a text. */
    private static final class Scan {
        private final String text;
        private final int[] cues = new int[Cue.values().length];
        private int head;
        private int body;
        private int words;
        private int wordChars;
        private int longWords;
        private int sentences;
        private int conjunctions;
        private int lines;
        private int questions;
        private int items;
        private long wordsAskedFor;
        private boolean shortAnswer;
        private boolean pages;
        private boolean quotes;
        private int nonLatin;
        private int digits;
        private int upper;
        private char last;

        private String before = "";
        private long number;

        Scan(String text) {
            this.text = text;
            characters();
            int paragraph = paragraphEnd();
            body = Math.max(0, text.length() - paragraph);
            words(0, Math.min(paragraph, LONGEST_INSTRUCTION));
            int tail = text.length() - LONGEST_TAIL;
            if (text.length() > LONGEST_INSTRUCTION) {
                before = "";
                number = 0;
                words(Math.max(Math.min(paragraph, LONGEST_INSTRUCTION), tail), text.length());
            }
        }

        private boolean has(Cue cue) {
            return cues[cue.index()] > 0;
        }

        private double share(int count) {
            return text.isEmpty() ? 0 : count / (double) text.length();
        }

        private void characters() {
            for (int i = 0; i < text.length(); i++) {
                char each = text.charAt(i);
                if (each > 0x24f) {
                    nonLatin++;
                } else if (each >= '0' && each <= '9') {
                    digits++;
                } else if (Character.isUpperCase(each)) {
                    upper++;
                }
                switch (each) {
                    case '\n' -> lines++;
                    case '?' -> questions++;
                    case '"' -> quotes = true;
                    default -> {}
                }
                if ((each == '.' || each == '!' || each == '?')
                        && (i + 1 == text.length() || Character.isWhitespace(text.charAt(i + 1)))) {
                    sentences++;
                }
                if (!Character.isWhitespace(each)) {
                    last = each;
                }
            }
        }

        /** Where the first paragraph ends. */
        private int paragraphEnd() {
            int start = 0;
            while (start < text.length() && Character.isWhitespace(text.charAt(start))) {
                start++;
            }
            int end = text.indexOf("\n\n", start);
            return end < 0 ? text.length() : end;
        }

        private void words(int from, int to) {
            int start = -1;
            for (int i = from; i <= to; i++) {
                char each = i == to ? ' ' : text.charAt(i);
                if (Character.isLetterOrDigit(each) || each == '\'' || (each == '+' && start >= 0)) {
                    start = start < 0 ? i : start;
                    continue;
                }
                if (each == ',') {
                    conjunctions++;
                }
                if (start >= 0) {
                    word(lowerCase(start, i));
                    start = -1;
                }
            }
        }

        private String lowerCase(int from, int to) {
            char[] chars = new char[to - from];
            for (int i = 0; i < chars.length; i++) {
                chars[i] = Character.toLowerCase(text.charAt(from + i));
            }
            return new String(chars);
        }

        private void word(String word) {
            words++;
            wordChars += word.length();
            longWords += word.length() >= LONG_WORD ? 1 : 0;
            int found = Cue.of(before, word);
            for (int left = found; left != 0; left &= left - 1) {
                int cue = Integer.numberOfTrailingZeros(left);
                cues[cue] = Math.min(MOST_OF_A_CUE, cues[cue] + 1);
            }
            if (words <= HEAD_WORDS) {
                head |= found;
            }
            if (word.equals("and")) {
                conjunctions++;
            }
            boolean alone = before.equals("one") || before.equals("single");
            if ((alone && word.equals("word"))
                    || (before.equals("or") && (word.equals("no") || word.equals("false")))) {
                shortAnswer = true;
            }
            numbers(word);
            before = word;
        }

        /** "500 words", "10 ideas", "five short questions". */
        private void numbers(String word) {
            long here = Numbers.of(word);
            if (here > 0) {
                number = here;
            } else if (number > 0) {
                if (word.startsWith("word") || word.startsWith("character")) {
                    wordsAskedFor = word.startsWith("word") ? number : Math.max(1, number / 6);
                } else if (word.startsWith("page") || word.startsWith("paragraph")) {
                    items = (int) Math.min(100, number);
                } else if (word.endsWith("s") && word.length() > 3) {
                    items = (int) Math.min(100, number);
                    number = 0;
                }
            }
            if (word.equals("pages") || word.equals("page") || word.equals("paragraphs")) {
                pages = true;
            }
        }
    }
}
