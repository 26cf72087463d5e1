package io.clauderoutes.agent.template;

import com.samskivert.mustache.BasicCollector;
import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.MustacheException;
import com.samskivert.mustache.Template;
import io.clauderoutes.message.MessageJson;
import java.io.Writer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A template that is ready to be filled. It has tags such as {@code <%name%>} and {@code <%#list%>…<%/list%>}. Tags reach the given
 * values and nothing else: no methods, no other templates. Only this class uses the library, which is optional.
 */
final class PromptTemplate {

    private static final String BEGIN = "<%";
    private static final String END = "%>";

    private final Template template;
    private final int longest;

    private PromptTemplate(Template template, int longest) {
        this.template = template;
        this.longest = longest;
    }

    /**
     * Reads a template.
     *
     * @param longest text in characters that it may make
     * @throws IllegalArgumentException if it is none; the message names the line
     */
    static PromptTemplate of(String text, int longest, MessageJson json) {
        checkTags(text);
        try {
            Template template = Mustache.compiler()
                    .withDelims(BEGIN + " " + END)
                    .escapeHTML(false)
                    .nullValue("")
                    .emptyStringIsFalse(true)
                    .withCollector(new PlainValues())
                    .withFormatter(value -> value instanceof Map<?, ?> || value instanceof List<?>
                            ? new String(json.bytesOf(value), java.nio.charset.StandardCharsets.UTF_8)
                            : value.toString())
                    .compile(text);
            template.visit(new NoIncludes());
            return new PromptTemplate(template, longest);
        } catch (MustacheException wrong) {
            throw new IllegalArgumentException(wrong.getMessage(), wrong);
        }
    }

    /** The library takes a tag without an end as text, and lets a template change its delimiters. */
    private static void checkTags(String text) {
        int end = 0;
        for (int begin = text.indexOf(BEGIN); begin >= 0; begin = text.indexOf(BEGIN, end)) {
            long line = 1
                    + text.substring(0, begin)
                            .chars()
                            .filter(each -> each == '\n')
                            .count();
            end = text.indexOf(END, begin);
            if (end < 0) {
                throw new IllegalArgumentException("line " + line + ": the tag has no end " + END);
            }
            if (text.startsWith(BEGIN + "=", begin)) {
                throw new IllegalArgumentException("line " + line + ": the delimiters cannot be changed");
            }
        }
    }

    /**
     * The text with these values.
     *
     * @throws IllegalArgumentException if it names a value that is not there, or the text is too long
     */
    String fill(Map<String, Object> values) {
        BoundedText text = new BoundedText(longest);
        try {
            template.execute(values, text);
        } catch (MustacheException.Context missing) {
            throw new IllegalArgumentException(
                    "line " + missing.lineNo + " needs the value " + missing.key + ", which the message does not have",
                    missing);
        } catch (MustacheException failure) {
            if (text.isFull()) {
                throw new IllegalArgumentException(
                        "its text is longer than claude.source.max-bytes=" + longest, failure);
            }
            throw new IllegalArgumentException("it cannot be filled", failure);
        }
        return text.toString();
    }

    /** Values by name, in maps and lists. The library's own collector would also call methods. */
    private static final class PlainValues extends BasicCollector {
        @Override
        public <K, V> Map<K, V> createFetcherCache() {
            return new HashMap<>();
        }
    }

    /** Refuses tags that read other templates. */
    private static final class NoIncludes implements Mustache.Visitor {
        @Override
        public void visitText(String text) {
            // any text
        }

        @Override
        public void visitVariable(String name) {
            // found when it is filled
        }

        @Override
        public boolean visitInclude(String name) {
            throw new IllegalArgumentException("it includes another template, " + name + ": write its text here");
        }

        @Override
        public boolean visitParent(String name) {
            return visitInclude(name);
        }

        @Override
        public boolean visitSection(String name) {
            return true;
        }

        @Override
        public boolean visitInvertedSection(String name) {
            return true;
        }
    }

    /** A text that does not grow without bound. */
    private static final class BoundedText extends Writer {
        private final StringBuilder text = new StringBuilder();
        private final int longest;
        private boolean full;

        BoundedText(int longest) {
            this.longest = longest;
        }

        @Override
        public void write(char[] characters, int offset, int length) throws java.io.IOException {
            if (text.length() + (long) length > longest) {
                full = true;
                throw new java.io.IOException("the text is too long");
            }
            text.append(characters, offset, length);
        }

        boolean isFull() {
            return full;
        }

        @Override
        public void flush() {
            // it is all here
        }

        @Override
        public void close() {
            // nothing is open
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
