package io.clauderoutes.agent.template;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.TemplateFiller;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.OptionalLibrary;
import io.clauderoutes.settings.SettingsException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The templates of {@code claude.templates} by name. */
public final class PromptTemplates implements TemplateFiller {

    private static final int LONGEST_FILE = 1024 * 1024;

    private final MessageJson json;
    private volatile Map<String, PromptTemplate> templates;

    /**
     * Reads the templates of the settings.
     *
     * @throws SettingsException with one line for each that cannot be read or is broken
     */
    public PromptTemplates(ClaudeSettings settings, MessageJson json) {
        this.json = json;
        this.templates = read(settings, json);
    }

    /**
     * Reads other templates.
     *
     * @return puts them into effect
     * @throws SettingsException if one cannot be read or is broken
     */
    public Runnable prepare(ClaudeSettings settings) {
        Map<String, PromptTemplate> next = read(settings, json);
        return () -> templates = next;
    }

    /** Checks the templates of the settings. */
    public static void check(ClaudeSettings settings) {
        if (settings.prompts().templates().isEmpty() || OptionalLibrary.TEMPLATES.isPresent()) {
            read(settings, new MessageJson());
        }
    }

    private static Map<String, PromptTemplate> read(ClaudeSettings settings, MessageJson json) {
        Map<String, PromptTemplate> read = new LinkedHashMap<>();
        List<String> mistakes = new ArrayList<>();
        settings.prompts().templates().forEach((name, file) -> {
            try {
                read.put(
                        name,
                        PromptTemplate.of(
                                text(file), settings.prompts().source().maxBytes(), json));
            } catch (IllegalArgumentException wrong) {
                mistakes.add("claude.templates." + name + "=" + file + ": " + wrong.getMessage());
            }
        });
        if (!mistakes.isEmpty()) {
            throw new SettingsException(mistakes);
        }
        return Map.copyOf(read);
    }

    private static String text(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(LONGEST_FILE + 1);
            if (bytes.length > LONGEST_FILE) {
                throw new IllegalArgumentException("the file is longer than " + LONGEST_FILE + " bytes");
            }
            String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException notText) {
            throw new IllegalArgumentException("the file is not text in UTF-8", notText);
        } catch (NoSuchFileException absent) {
            throw new IllegalArgumentException("there is no such file", absent);
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(
                    "the file cannot be read (" + unreadable.getClass().getSimpleName() + ")", unreadable);
        }
    }

    @Override
    public void check(String name) {
        template(name);
    }

    private PromptTemplate template(String name) {
        Map<String, PromptTemplate> current = templates;
        PromptTemplate template = current.get(name);
        if (template == null) {
            throw new IllegalArgumentException("there is no template of this name in claude.templates"
                    + (current.isEmpty() ? "" : ": there are " + String.join(", ", new TreeSet<>(current.keySet()))));
        }
        return template;
    }

    @Override
    public String fill(String name, Map<String, Object> values) {
        PromptTemplate template = template(name);
        try {
            return template.fill(values);
        } catch (IllegalArgumentException failure) {
            throw new IllegalArgumentException("template " + name + ": " + failure.getMessage(), failure);
        }
    }
}
