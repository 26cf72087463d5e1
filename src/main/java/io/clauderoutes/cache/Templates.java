package io.clauderoutes.cache;

import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.settings.SettingsException;
import io.clauderoutes.stream.ReplyStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Frequent questions with their answers, pinned in a YAML file: a list of {@code question} and {@code answer}. A question
 * matches whatever its case and white space.
 */
public final class Templates {

    private final MessageJson json;
    private final PromptDialect dialect;
    private final Map<String, String> answers;

    private Templates(MessageJson json, PromptDialect dialect, Map<String, String> answers) {
        this.json = json;
        this.dialect = dialect;
        this.answers = Map.copyOf(answers);
    }

    /**
     * Reads the file of {@code claude.cache.templates}.
     *
     * @throws SettingsException if it cannot be read or holds something else
     */
    public static Templates of(Optional<Path> file, MessageJson json, PromptDialect dialect) {
        return new Templates(json, dialect, file.map(Templates::read).orElse(Map.of()));
    }

    /**
     * Checks a file of templates.
     *
     * @throws SettingsException if the file cannot be read or holds something else
     */
    public static void check(Path file) {
        read(file);
    }

    private static Map<String, String> read(Path file) {
        Map<String, String> answers = new HashMap<>();
        try (InputStream in = Files.newInputStream(file)) {
            Object list = new Load(LoadSettings.builder().build()).loadFromInputStream(in);
            if (!(list instanceof Iterable<?> entries)) {
                throw wrong(file, "a list of entries with question and answer");
            }
            for (Object entry : entries) {
                if (!(entry instanceof Map<?, ?> pair)
                        || !(pair.get("question") instanceof String question)
                        || !(pair.get("answer") instanceof String answer)) {
                    throw wrong(file, "each entry to have a question and an answer");
                }
                answers.put(normal(question), answer);
            }
        } catch (IOException | YamlEngineException unreadable) {
            throw wrong(file, "a readable YAML file: " + unreadable.getClass().getSimpleName());
        }
        return answers;
    }

    private static SettingsException wrong(Path file, String expected) {
        return new SettingsException(List.of("claude.cache.templates=" + file + ": expected " + expected));
    }

    private static String normal(String question) {
        return question.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
    }

    /** The pinned answer to a request that asks one of the questions and nothing else. */
    Optional<ReplyStream> answer(Prompt prompt) {
        if (answers.isEmpty()) {
            return Optional.empty();
        }
        return json.onlyQuestion(prompt.request().json().bytes())
                .map(question -> answers.get(normal(question)))
                .map(answer -> reply(prompt, answer));
    }

    private ReplyStream reply(Prompt prompt, String answer) {
        List<StreamEvent> events =
                new ArrayList<>(dialect.begin(prompt.id(), prompt.request().model()));
        events.add(dialect.text(answer));
        events.addAll(dialect.end());
        return ReplyStream.of(events);
    }
}
