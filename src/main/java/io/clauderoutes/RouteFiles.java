package io.clauderoutes;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.ResourceSupport;
import org.apache.camel.support.RouteWatcherReloadStrategy;

/**
 * Watches the route files. Camel takes a route away before it makes the new one; where that fails, what the file held before
 * is put back, so that a broken file changes nothing.
 */
final class RouteFiles extends RouteWatcherReloadStrategy {

    private final Map<URI, byte[]> working = new HashMap<>();

    RouteFiles(Path folder, String pattern) {
        super(folder.toString(), true);
        setPattern(pattern);
        setRemoveAllRoutes(false);
    }

    /** What stands for a file as long as nothing else does. */
    void hold(Path file, Resource content) throws IOException {
        working.put(file.toUri(), bytes(content));
    }

    @Override
    protected void onRouteReload(Collection<Resource> resources, boolean removeEverything) {
        if (resources == null || resources.size() != 1) {
            super.onRouteReload(resources, removeEverything);
            return;
        }
        Resource file = resources.iterator().next();
        if (!Files.exists(Path.of(file.getURI()))) {
            return;
        }
        try {
            byte[] content = bytes(file);
            super.onRouteReload(List.of(new Held(file, content)), removeEverything);
            working.put(file.getURI(), content);
        } catch (RuntimeException broken) {
            putBack(file, broken);
            throw broken;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private void putBack(Resource file, RuntimeException broken) {
        byte[] before = working.get(file.getURI());
        try {
            if (before == null) {
                takeAway(file);
            } else {
                super.onRouteReload(List.of(new Held(file, before)), false);
            }
        } catch (Exception alsoBroken) {
            broken.addSuppressed(alsoBroken);
        }
    }

    /** A file that is new and broken leaves nothing behind. */
    private void takeAway(Resource file) throws Exception {
        super.onRouteReload(List.of(new Held(file, new byte[] {'[', ']'})), false);
        ModelCamelContext context = (ModelCamelContext) getCamelContext();
        for (RouteDefinition route : List.copyOf(context.getRouteDefinitions())) {
            if (route.getResource() != null
                    && file.getURI().equals(route.getResource().getURI())) {
                context.removeRouteDefinition(route);
            }
        }
    }

    private static byte[] bytes(Resource resource) throws IOException {
        try (InputStream in = resource.getInputStream()) {
            return in.readAllBytes();
        }
    }

    /** What a file held at one moment. */
    private static final class Held extends ResourceSupport {

        private final URI uri;
        private final byte[] content;

        Held(Resource file, byte[] content) {
            super(file.getScheme(), file.getLocation());
            this.uri = file.getURI();
            this.content = content;
        }

        @Override
        public boolean exists() {
            return true;
        }

        @Override
        public URI getURI() {
            return uri;
        }

        @Override
        public InputStream getInputStream() {
            return new ByteArrayInputStream(content);
        }
    }
}
