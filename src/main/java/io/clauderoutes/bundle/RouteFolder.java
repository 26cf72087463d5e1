package io.clauderoutes.bundle;

import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.RoutesSettings;
import io.clauderoutes.settings.SettingsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads the YAML routes: the packaged ones, a file of {@code claude.routes} in place of each, and the other files of the folder. */
final class RouteFolder {

    private static final Logger LOG = LoggerFactory.getLogger(ClaudeBundle.class);
    private static final String PACKAGED = "classpath:io/clauderoutes/routes/";
    private static final String EXTENSION = ".camel.yaml";
    private static final List<String> STAGES =
            List.of("70-fan-out", "60-redact", "50-split", "40-call", "30-cache", "20-throttle", "10-source");
    private static final List<String> COMPONENTS = List.of("sources/batch");
    private static final List<String> GATEWAY = List.of(
            "sources/http",
            "sources/http-hello",
            "sources/http-count-tokens",
            "sources/http-models",
            "sources/http-batches",
            "sources/websocket");
    private static final String MCP = "sources/http-mcp";

    private final CamelContext context;
    private final RoutesSettings settings;
    private final Path folder;
    private final List<String> packaged = new ArrayList<>(STAGES);
    private final RouteFiles files;

    /** @param withGateway whether the routes of the gateway are loaded too */
    RouteFolder(CamelContext context, ClaudeSettings settings, boolean withGateway, RouteReloads reloads) {
        this.context = context;
        this.settings = settings.operation().routes();
        this.folder = this.settings.folder();
        packaged.addAll(COMPONENTS);
        packaged.addAll(withGateway ? GATEWAY : List.of());
        if (withGateway && settings.servers().gateway().mcp().enabled()) {
            packaged.add(MCP);
        }
        this.files = new RouteFiles(folder, "*" + EXTENSION, longestRequest(settings), reloads);
        files.setCamelContext(context);
    }

    private static Duration longestRequest(ClaudeSettings settings) {
        Duration longestReply = settings.upstream().endpoints().values().stream()
                .map(endpoint -> endpoint.timeouts().total())
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
        return settings.upstream()
                .call()
                .deadline()
                .plus(longestReply)
                .plus(settings.delivery().fanOut().sinkTimeout());
    }

    /** Loads all routes; from now on a file that is saved is loaded again, if the settings say so. */
    void load() throws Exception {
        boolean exists = !folder.toString().isEmpty() && Files.isDirectory(folder);
        // The files that replace packaged routes come first: no other file can take their routes.
        Set<Path> replacements = new LinkedHashSet<>();
        for (String name : packaged) {
            Path file = folder.resolve(name + EXTENSION);
            if (exists && Files.exists(file)) {
                replacements.add(file);
            } else {
                files.hold(file, load(PACKAGED + name + EXTENSION));
            }
        }
        if (!exists) {
            return;
        }
        Set<Path> all = new LinkedHashSet<>(replacements);
        all.addAll(routeFiles());
        for (Path file : all) {
            load(file, replacements.contains(file));
        }
        if (settings.reload()) {
            context.addService(files, true, true);
        }
    }

    private void load(Path file, boolean replacement) throws Exception {
        try {
            files.checkConflicts(ResourceHelper.resolveMandatoryResource(context, "file:" + file));
            files.hold(file, load("file:" + file));
        } catch (RouteConflicts.Conflict conflict) {
            if (replacement) {
                throw new SettingsException(List.of("claude.routes=" + folder + ": " + conflict.getMessage()));
            }
            LOG.warn("Route file {} is not loaded: {}", file, conflict.getMessage());
        }
    }

    private Resource load(String location) throws Exception {
        Resource resource = ResourceHelper.resolveMandatoryResource(context, location);
        PluginHelper.getRoutesLoader(context).loadRoutes(resource);
        return resource;
    }

    private List<Path> routeFiles() {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> file.toString().endsWith(EXTENSION))
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException("claude.routes=" + folder + " cannot be read", unreadable);
        }
    }
}
