package io.clauderoutes.prediction;

import java.util.HashMap;
import java.util.Map;

/**
 * What words of an instruction tell about the length of its reply. A word with {@code *} stands for all that begin with it; two words
 * with {@code _} stand for both, one after the other.
 */
enum Cue {
    CLASSIFY(0, """
            classif* categor* label labels sentiment identify decide which_of determine assess pick select choose judge true_or yes_or
            multiple_choice detect correct_answer correct_option"""),
    TRANSFORM(1, """
            correct* grammar capitali* paraphras* rewrite rephrase reword simplify edit convert translat* change extract retrieve shorten
            replace remove fill_in complete_the proofread summari* summary sort reformat format"""),
    SHORT_FORM(2, """
            tweet joke haiku tagline slogan title titles caption compliment emoji emojis headline riddle rhyme ascii pun subject_line keyword
            keywords adjectives synonym synonyms antonym antonyms one_word one_line one_sentence one_paragraph single_word single_line
            single_sentence brief briefly short concise* tldr no_more at_most or_less only just"""),
    CALCULATION(3, """
            solve calculate compute equation value_of how_many how_much sum evaluate simplify percent* the_name the_capital the_date the_time
            the_year the_population the_distance the_answer the_result the_value"""),
    ANALYSIS(4, """
            factors issues challenges implication* impact* effect effects benefits advantages disadvantages pros cons causes difference
            differences feature features important importance points consider* practices strateg* ways ideas tips mistakes aspects risks
            trends steps reasons methods options tools examples recommendation* suggestion* future role_of"""),
    LONG_FORM(5, """
            essay essays article articles report reports whitepaper white_paper speech story stories lesson curriculum course plan plans
            interview framework proposal book blog* chapter chapters itinerary script scripts screenplay guide tutorial job_description
            descriptions novel biography bibliography outline syllabus policy contract documentation portfolio roadmap"""),
    WRITE(6, "write compose draft create generate develop design prepare make build produce craft"),
    CODE(7, """
            code program script function python java javascript typescript html css sql api algorithm react docker bot game class implement*
            app website server c++ linux bash regex"""),
    EXPLAIN(8, """
            explain describe discuss elaborate compare contrast analyze analyse walk_me teach how_to how_do how_does how_did how_can
            how_would how_could how_should how_is how_are why"""),
    SELF(
            9,
            "are_you do_you you_think you_feel you_speak you_see your_name your_favorite your_favourite your_opinion call_you an_ai"),
    HYPOTHESIS(10, "what_if imagine suppose would could hypothe* pretend act_as assume persona role"),
    FACT(11, "who when where what_is what_was what_are what_color what_year what_time is are does did"),
    LIST(12, "list bullet* table each all multiple several various every"),
    DETAIL(13, """
            detail* step_by in_depth comprehensive* complete full long thorough* specific example as_much high_quality advanced"""),
    GIVEN(14, """
            given following provided below this_text this_sentence this_paragraph this_article this_email this_code this_passage the_text
            the_sentence the_passage the_paragraph the_tweet the_review"""),
    LETTER(15, "email emails letter letters message respond reply response post review paragraph paragraphs"),
    QUESTION(16, "answer question"),
    DATA(17, "json yaml xml csv");

    private static final Lexicon LEXICON = new Lexicon(values());

    private final int index;
    private final String words;

    /** @param index from 0, another one for each cue */
    Cue(int index, String words) {
        this.index = index;
        this.words = words;
    }

    int index() {
        return index;
    }

    int bit() {
        return 1 << index;
    }

    /** The cues that a word and the word before it give, as bits. */
    static int of(String before, String word) {
        return LEXICON.cues(before, word);
    }

    /** The words of all cues. */
    private static final class Lexicon {
        private static final int SHORTEST_STEM = 4;
        private static final int LONGEST_STEM = 13;

        private final Map<String, Integer> words = new HashMap<>();
        private final Map<String, Integer> stems = new HashMap<>();
        private final Map<String, Map<String, Integer>> pairs = new HashMap<>();

        Lexicon(Cue[] cues) {
            for (Cue cue : cues) {
                for (String word : cue.words.split("\\s+", -1)) {
                    add(word, cue.bit());
                }
            }
        }

        private void add(String word, int bit) {
            int pair = word.indexOf('_');
            if (word.endsWith("*")) {
                stems.merge(word.substring(0, word.length() - 1), bit, (one, other) -> one | other);
            } else if (pair > 0) {
                pairs.computeIfAbsent(word.substring(0, pair), first -> new HashMap<>())
                        .merge(word.substring(pair + 1), bit, (one, other) -> one | other);
            } else {
                words.merge(word, bit, (one, other) -> one | other);
            }
        }

        private int cues(String before, String word) {
            int cues = words.getOrDefault(word, 0);
            int longest = Math.min(word.length(), LONGEST_STEM);
            for (int length = SHORTEST_STEM; length <= longest; length++) {
                cues |= stems.getOrDefault(word.substring(0, length), 0);
            }
            Map<String, Integer> seconds = pairs.get(before);
            return seconds == null ? cues : cues | seconds.getOrDefault(word, 0);
        }
    }
}
