package io.clauderoutes.request;

import java.util.Map;

/** Fills the templates of {@code claude.templates} with the values of a message. */
public interface TemplateFiller {

    /** No templates. */
    TemplateFiller NONE = new TemplateFiller() {
        @Override
        public void check(String name) {
            throw new IllegalArgumentException("there is no claude.templates." + name);
        }

        @Override
        public String fill(String name, Map<String, Object> values) {
            throw new IllegalArgumentException("there is no claude.templates." + name);
        }
    };

    /**
     * Checks the name of a template.
     *
     * @throws IllegalArgumentException if there is no such template
     */
    void check(String name);

    /**
     * The text of a template.
     *
     * @param values texts, numbers, booleans, maps by name and lists of them
     * @throws IllegalArgumentException if there is no such template, it names a value that is not there, or its text is too long; the
     *     message names template, line and value
     */
    String fill(String name, Map<String, Object> values);
}
