package io.clauderoutes;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.bundle.LiveSettings;
import io.clauderoutes.bundle.SettingsState;
import io.clauderoutes.settings.PropertySources;
import io.clauderoutes.settings.SettingsSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of settings counts when two looks in a row have found the same content. */
class HalfWrittenSettingsTest {

    @TempDir
    Path folder;

    private final List<Integer> inFlight = new ArrayList<>();
    private final SettingsState state = new SettingsState(Clock.systemUTC());

    private LiveSettings watching(Path file) throws Exception {
        DefaultCamelContext context = new DefaultCamelContext();
        ((PropertiesComponent) context.getPropertiesComponent()).setLocation("file:" + file + ";optional=true");
        context.build();
        Map<String, String> running = PropertySources.of(context, Map.of(), new Properties());
        return new LiveSettings(
                new SettingsSource(context, Map.of(), new Properties()),
                running,
                settings -> {},
                List.of(settings ->
                        () -> inFlight.add(settings.admission().throttle().inFlight())),
                state);
    }

    @Test
    void a_file_that_is_still_written_is_not_read() throws Exception {
        Path file = Files.writeString(folder.resolve("application.properties"), "claude.throttle.in-flight = 10\n");
        LiveSettings settings = watching(file);

        settings.look();
        Files.writeString(file, "claude.throttle.in-flight = 2");
        settings.look();
        Files.writeString(file, "claude.throttle.in-flight = 20");
        settings.look();
        Files.writeString(file, "claude.throttle.in-flight = 200\n");
        settings.look();
        assertThat(inFlight).isEmpty();
        settings.look();
        settings.look();

        assertThat(inFlight).containsExactly(200);
    }

    @Test
    void without_a_file_nothing_is_wrong_and_a_new_one_counts() throws Exception {
        Path file = folder.resolve("application.properties");
        LiveSettings settings = watching(file);

        settings.look();
        settings.look();
        assertThat(state.details()).isEmpty();
        Files.writeString(file, "claude.throttle.in-flight = 7\n");
        settings.look();
        settings.look();

        assertThat(inFlight).containsExactly(7);
        assertThat(state.details()).isEmpty();
    }

    @Test
    void a_file_that_was_changed_during_the_start_counts() throws Exception {
        Path file = Files.writeString(folder.resolve("application.properties"), "claude.throttle.in-flight = 10\n");
        DefaultCamelContext context = new DefaultCamelContext();
        ((PropertiesComponent) context.getPropertiesComponent()).setLocation("file:" + file);
        context.build();
        Map<String, String> running = PropertySources.of(context, Map.of(), new Properties());
        Files.writeString(file, "claude.throttle.in-flight = 11\n");
        LiveSettings settings = new LiveSettings(
                new SettingsSource(context, Map.of(), new Properties()),
                running,
                changed -> {},
                List.of(changed ->
                        () -> inFlight.add(changed.admission().throttle().inFlight())),
                state);

        settings.look();
        settings.look();

        assertThat(inFlight).containsExactly(11);
    }

    @Test
    void a_placeholder_has_the_value_of_the_new_file() throws Exception {
        Path file = Files.writeString(
                folder.resolve("application.properties"),
                "own.limit = 10\nclaude.throttle.in-flight = {{own.limit}}\n");
        LiveSettings settings = watching(file);

        Files.writeString(file, "own.limit = 12\nclaude.throttle.in-flight = {{own.limit}}\n");
        settings.look();
        settings.look();

        assertThat(inFlight).containsExactly(12);
    }

    @Test
    void a_broken_escape_is_a_mistake_like_others() throws Exception {
        Path file = Files.writeString(folder.resolve("application.properties"), "claude.throttle.in-flight = 10\n");
        LiveSettings settings = watching(file);

        Files.writeString(file, "claude.throttle.in-flight = \\u12\n");
        settings.look();
        settings.look();

        assertThat(inFlight).isEmpty();
        assertThat(state.details().get("settings")).contains("cannot be read").contains("encoding");
    }
}
