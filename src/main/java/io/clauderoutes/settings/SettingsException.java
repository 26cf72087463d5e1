package io.clauderoutes.settings;

import java.util.List;

/** Settings that cannot be: the bundle does not start, and says everything that has to be mended at once. */
public final class SettingsException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    private final List<String> mistakes;

    public SettingsException(List<String> mistakes) {
        super(String.join(System.lineSeparator(), mistakes));
        this.mistakes = List.copyOf(mistakes);
    }

    /** One sentence for each mistake. */
    public List<String> mistakes() {
        return mistakes;
    }
}
