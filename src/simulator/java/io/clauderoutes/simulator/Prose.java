package io.clauderoutes.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text that could be an answer to a prompt. The same prompt and seed give the same text; private data appears in it
 * only when the prompt names its kind, and is always made up.
 */
final class Prose {

    private static final int READ_CHARS = 20_000;
    private static final int MOST_TOPICS = 12;
    private static final int MOST_WORDS = 200_000;
    private static final String EXACTLY = "say exactly:";
    private static final Pattern LENGTH = Pattern.compile("(\\d{1,6}) (words|sentences|paragraphs)");

    private static final Set<String> COMMON = Set.of(
            "about",
            "after",
            "again",
            "also",
            "answer",
            "because",
            "been",
            "before",
            "being",
            "below",
            "between",
            "both",
            "could",
            "does",
            "down",
            "each",
            "example",
            "exactly",
            "explain",
            "from",
            "give",
            "have",
            "here",
            "into",
            "just",
            "like",
            "list",
            "make",
            "many",
            "more",
            "most",
            "much",
            "must",
            "only",
            "other",
            "over",
            "paragraph",
            "paragraphs",
            "please",
            "same",
            "sentence",
            "sentences",
            "should",
            "show",
            "some",
            "such",
            "tell",
            "than",
            "that",
            "their",
            "them",
            "then",
            "there",
            "these",
            "they",
            "this",
            "those",
            "three",
            "through",
            "under",
            "very",
            "want",
            "were",
            "what",
            "when",
            "where",
            "which",
            "while",
            "will",
            "with",
            "word",
            "words",
            "would",
            "write",
            "your");

    private static final List<String> SPARE_TOPICS = List.of("question", "matter", "details", "context");

    private static final String[] OPENINGS = {
        "The short answer on # is that it depends less on * than most people expect.",
        "It helps to look at # and * together, because neither explains the other alone.",
        "There are a few things worth knowing about #, and the first of them concerns *.",
        "Let us begin with #, since the rest follows from it.",
        "When people ask about #, they usually have * in mind as well."
    };

    private static final String[] SENTENCES = {
        "In practice, # works best when it is kept apart from *.",
        "A common mistake is to treat # as if it were merely another kind of *.",
        "That said, the cost of # is easy to underestimate, and it tends to show up late.",
        "Most of the effort goes into *, which is why # deserves a second look.",
        "If you change # first, you can measure what happens to * before going further.",
        "The evidence points the same way: less *, and more attention to #.",
        "None of this is new, but # makes it visible.",
        "You will notice that * hardly matters once # has been settled.",
        "It is reasonable to start small, with one #, and to widen the circle from there.",
        "On the other hand, where * is scarce, # has to carry more of the weight.",
        "Two teams that tried it reported that # became simpler within weeks.",
        "The details of * vary, yet the pattern around # stays the same.",
        "For this reason I would write down what # should do before touching *.",
        "Nothing here requires special tools; patience with # is enough.",
        "Whether * is worth it depends on how often # comes up."
    };

    private static final String[] CLOSINGS = {
        "In short, take # seriously and let * follow.",
        "If only one thing is done, it should be #.",
        "I can go into # in more depth if that would help.",
        "So the next step is a small one: look at #, then decide about *."
    };

    private final String prompt;
    private final String lower;
    private final SplittableRandom random;
    private final List<String> topics;

    private Prose(String prompt, long seed) {
        this.prompt = prompt;
        this.lower = lowerCase(prompt.substring(0, Math.min(prompt.length(), READ_CHARS)));
        this.random = new SplittableRandom(seed);
        this.topics = topics(prompt, lower);
    }

    static String answer(String prompt, long seed) {
        return new Prose(prompt, seed).answer();
    }

    /** The same, with so many characters, unless the prompt says how long the answer is, or what it is. */
    static String answer(String prompt, long seed, int chars) {
        Prose prose = new Prose(prompt, seed);
        if (prose.lower.contains(EXACTLY) || LENGTH.matcher(prose.lower).find()) {
            return prose.answer();
        }
        StringBuilder text = new StringBuilder(chars + 200);
        prose.sentence(text, OPENINGS);
        prose.privateData(text);
        while (text.length() < chars) {
            text.append(' ');
            prose.sentence(text, SENTENCES);
        }
        return text.substring(0, chars);
    }

    static String thought(String prompt, long seed) {
        return new Prose(prompt, seed ^ 0x7468_696e_6bL).thought();
    }

    private String thought() {
        StringBuilder text = new StringBuilder(200);
        text.append("The request is about ").append(topics.get(0)).append(". ");
        sentence(text, SENTENCES);
        text.append(" I should answer plainly and mention ")
                .append(topics.get(topics.size() - 1))
                .append('.');
        return text.toString();
    }

    /** Whether the prompt says word by word what to answer. */
    static boolean isGiven(String prompt) {
        return prompt.toLowerCase(Locale.ROOT).contains(EXACTLY);
    }

    private String answer() {
        int exactly = lower.indexOf(EXACTLY);
        if (exactly >= 0) {
            return prompt.substring(exactly + EXACTLY.length()).strip();
        }
        StringBuilder text = new StringBuilder(1_000);
        sentence(text, OPENINGS);
        privateData(text);
        int sentences = 3 + Math.min(24, prompt.length() / 100);
        int words = 0;
        int paragraphs = 0;
        Matcher length = LENGTH.matcher(lower);
        if (length.find()) {
            int asked = Integer.parseInt(length.group(1));
            sentences = 0;
            switch (length.group(2)) {
                case "words" -> words = Math.min(asked, MOST_WORDS);
                case "sentences" -> sentences = Math.min(asked, MOST_WORDS / 10);
                default -> paragraphs = Math.min(asked, MOST_WORDS / 50);
            }
        }
        fill(text, sentences, words, paragraphs);
        return text.toString();
    }

    private void fill(StringBuilder text, int sentences, int words, int paragraphs) {
        int written = 1;
        int breaks = 0;
        int inParagraph = 1;
        int most = 3 + random.nextInt(3);
        while (written < sentences - 1 || (words > 0 && text.length() < words * 6) || breaks < paragraphs) {
            if (inParagraph == most) {
                breaks++;
                if (breaks == paragraphs) {
                    break;
                }
                text.append("\n\n");
                inParagraph = 0;
                most = 3 + random.nextInt(3);
            } else {
                text.append(' ');
            }
            sentence(text, SENTENCES);
            inParagraph++;
            written++;
        }
        if (sentences != 1) {
            text.append(' ');
            sentence(text, CLOSINGS);
        }
    }

    private void privateData(StringBuilder text) {
        if (lower.contains("card number") || lower.contains("credit card")) {
            text.append(" The order was paid with card number ")
                    .append(PrivateData.card(random, '-'))
                    .append(", and the older one ")
                    .append(PrivateData.card(random, ' '))
                    .append(" has expired.");
        }
        if (lower.contains("social security") || lower.contains("ssn")) {
            text.append(" The file lists the SSN ")
                    .append(PrivateData.socialSecurityNumber(random))
                    .append('.');
        }
        if (lower.contains("e-mail") || lower.contains("email")) {
            text.append(" You can write to ")
                    .append(PrivateData.email(random, topics.get(0)))
                    .append('.');
        }
        if (lower.contains("iban")) {
            text.append(" The refund goes to IBAN ")
                    .append(PrivateData.iban(random))
                    .append('.');
        }
        if (lower.contains("api key")) {
            text.append(" The old API key ").append(PrivateData.apiKey(random)).append(" no longer works.");
        }
    }

    private void sentence(StringBuilder text, String[] templates) {
        String template = templates[random.nextInt(templates.length)];
        int first = random.nextInt(topics.size());
        for (int i = 0; i < template.length(); i++) {
            char c = template.charAt(i);
            if (c == '#') {
                text.append(topics.get(first));
            } else if (c == '*') {
                text.append(topics.get((first + 1) % topics.size()));
            } else {
                text.append(c);
            }
        }
    }

    /** Character by character, so that places in both texts are the same. */
    private static String lowerCase(String text) {
        char[] chars = text.toCharArray();
        for (int i = 0; i < chars.length; i++) {
            chars[i] = Character.toLowerCase(chars[i]);
        }
        return new String(chars);
    }

    private static void known(List<String> topics, String word) {
        if (topics.stream().noneMatch(word::equalsIgnoreCase)) {
            topics.add(word);
        }
    }

    private static List<String> topics(String prompt, String lower) {
        List<String> topics = new ArrayList<>(MOST_TOPICS);
        int start = -1;
        for (int i = 0; i <= lower.length() && topics.size() < MOST_TOPICS; i++) {
            boolean letter = i < lower.length() && Character.isLetter(lower.charAt(i));
            if (letter && start < 0) {
                start = i;
            } else if (!letter && start >= 0) {
                if (i - start >= 4 && i - start <= 24) {
                    if (!COMMON.contains(lower.substring(start, i))) {
                        known(topics, prompt.substring(start, i));
                    }
                }
                start = -1;
            }
        }
        for (int i = 0; topics.size() < 2; i++) {
            topics.add(SPARE_TOPICS.get(i));
        }
        return topics;
    }
}
