package io.clauderoutes.install;

import io.clauderoutes.settings.InstallSettings;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Puts connectors into {@code plugins/}: each with all that it needs, or not at all. */
public final class Installation {

    private final PluginFolder plugins;
    private final Path folder;
    private final BundledLibraries bundled;
    private final InstallSettings settings;
    private final Consumer<String> lines;

    /**
     * @param folder {@code plugins/}
     * @param lines gets what happens, a line at a time
     */
    public Installation(Path folder, BundledLibraries bundled, InstallSettings settings, Consumer<String> lines) {
        this.plugins = new PluginFolder(folder);
        this.folder = folder;
        this.bundled = bundled;
        this.settings = settings;
        this.lines = lines;
    }

    /**
     * Installs a connector.
     *
     * @param isRehearsal whether nothing is installed and only said what would be
     */
    public void install(Coordinates connector, boolean isRehearsal) throws InstallException {
        try {
            if (bundled.version(connector.group(), connector.artifact()).isPresent()) {
                lines.accept(connector + " is in lib/ of the bundle");
                return;
            }
            if (plugins.version(connector)
                    .filter(installed -> installed.connector().equals(connector))
                    .isPresent()) {
                lines.accept(connector + " is installed already");
                return;
            }
            Path stage = plugins.stage();
            try {
                install(connector, isRehearsal, stage);
            } finally {
                PluginFolder.remove(stage);
            }
        } catch (AccessDeniedException denied) {
            throw new InstallException(
                    denied.getFile() + " cannot be written: run the command as a user who may", denied);
        } catch (IOException failure) {
            throw new InstallException(connector + " was not installed in " + folder + ": " + failure, failure);
        }
    }

    private void install(Coordinates connector, boolean isRehearsal, Path stage) throws IOException, InstallException {
        lines.accept("Looking for " + connector + " in " + settings.repository());
        try (ConnectorResolver resolver =
                new ConnectorResolver(settings, bundled, stage.resolve("repository"), lines)) {
            List<Library> libraries = resolver.find(connector, decidedBesides(connector));
            if (isRehearsal) {
                libraries.forEach(library -> lines.accept("  " + library.fileName()));
                lines.accept("Would install " + libraries.size() + jars(libraries.size()) + folder);
            } else {
                Map<Library, Path> jars = resolver.download(connector, libraries);
                Optional<PluginFolder.Installed> before = plugins.version(connector);
                plugins.install(connector, jars, stage);
                before.ifPresent(old ->
                        lines.accept("Replaced version " + old.connector().version()));
                lines.accept("Installed " + connector + ": " + libraries.size() + jars(libraries.size())
                        + folder.resolve(connector.fileName()));
                report(connector);
            }
            resolver.newer()
                    .forEach((name, versions) -> lines.accept(
                            "Note: " + name + " " + versions + ". The bundle's version is used; test the connector"));
        }
    }

    private static String jars(int count) {
        return count == 1 ? " jar in " : " jars in ";
    }

    /** All connectors share one class loader, so that a library has one version in all of them. */
    private List<Coordinates> decidedBesides(Coordinates connector) throws IOException {
        List<Coordinates> decided = new ArrayList<>();
        for (PluginFolder.Installed installed : plugins.connectors()) {
            if (!installed.connector().isVersionOf(connector)) {
                decided.addAll(installed.libraries());
            }
        }
        return decided;
    }

    private void report(Coordinates connector) throws IOException {
        List<String> components = PluginFolder.components(PluginFolder.jars(folder.resolve(connector.fileName())));
        if (!components.isEmpty()) {
            lines.accept("Sources and sinks can be " + String.join(" ", components) + " after the next start");
        }
    }

    /** What is installed. */
    public void list() throws InstallException {
        try {
            for (PluginFolder.Installed installed : plugins.connectors()) {
                List<String> components = PluginFolder.components(PluginFolder.jars(installed.folder()));
                lines.accept(installed.connector() + "  " + String.join(" ", components));
            }
            for (Path jar : plugins.otherJars()) {
                lines.accept(jar.getFileName() + "  " + String.join(" ", PluginFolder.components(List.of(jar))));
            }
        } catch (IOException unreadable) {
            throw new InstallException(folder + " cannot be read: " + unreadable, unreadable);
        }
    }
}
