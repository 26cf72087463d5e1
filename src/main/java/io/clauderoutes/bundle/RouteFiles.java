package io.clauderoutes.bundle;

import io.clauderoutes.concurrent.CancellableWait;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProcessor;
import org.apache.camel.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.Service;
import org.apache.camel.component.direct.DirectConsumer;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.AsyncProcessorSupport;
import org.apache.camel.support.ResourceSupport;
import org.apache.camel.support.RouteWatcherReloadStrategy;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.apache.camel.support.service.ServiceHelper;

/**
 * Watches the route files. Camel takes a route away before it makes the new one: requests under way are let go first, so that
 * they end on the route that they began on, and where the new one fails, what the file held before is put back.
 */
final class RouteFiles extends RouteWatcherReloadStrategy {

    private static final Duration SETTLING = Duration.ofMillis(250);
    private static final byte[] NO_ROUTES = {'[', ']'};

    private final Map<URI, byte[]> working = new HashMap<>();
    /** Where the routes of a file were that is not there yet. */
    private final Map<URI, URI> packaged = new HashMap<>();

    private final Duration longest;
    private final RouteReloads reloads;
    private ScheduledExecutorService later;

    /**
     * Watches a folder.
     *
     * @param longest how long a request may be under way
     * @param reloads gets what becomes of each file
     */
    RouteFiles(Path folder, String pattern, Duration longest, RouteReloads reloads) {
        super(folder.toString(), true);
        this.longest = longest;
        this.reloads = reloads;
        setPattern(pattern);
        setRemoveAllRoutes(false);
    }

    /** What stands for a file as long as nothing else does. */
    void hold(Path file, Resource content) throws IOException {
        working.put(file.toUri(), bytes(content));
        packaged.put(file.toUri(), content.getURI());
    }

    /**
     * Checks a file that is not loaded yet.
     *
     * @throws RouteConflicts.Conflict if other routes have an id or an entry point of it
     */
    void checkConflicts(Resource file) {
        try {
            new RouteConflicts(getCamelContext()).check(file, source -> isOf(file, source));
        } catch (RuntimeException refused) {
            throw refused;
        } catch (Exception unreadable) {
            throw RuntimeCamelException.wrapRuntimeException(unreadable);
        }
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
            byte[] content = settled(file);
            if (Arrays.equals(content, working.get(file.getURI()))
                    && !routesOf(file).isEmpty()) {
                reloads.unchanged(Path.of(file.getURI()));
                return;
            }
            checkConflicts(new Held(file, content));
            reload(file, content);
            working.put(file.getURI(), content);
            reloads.reloaded(Path.of(file.getURI()));
        } catch (RouteConflicts.Conflict conflict) {
            // Nothing was taken away yet.
            refused(file, conflict);
            throw conflict;
        } catch (RuntimeException broken) {
            putBack(file, broken);
            refused(file, broken);
            throw broken;
        } catch (IOException unreadable) {
            if (Files.exists(Path.of(file.getURI()))) {
                throw new UncheckedIOException(unreadable);
            }
        }
    }

    private void refused(Resource file, RuntimeException why) {
        Throwable root = why;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        reloads.refused(Path.of(file.getURI()), String.valueOf(root.getMessage()));
    }

    /** The content of a file whose writing has ended. */
    private byte[] settled(Resource file) throws IOException {
        byte[] content = bytes(file);
        byte[] before;
        do {
            before = content;
            try {
                if (!CancellableWait.waited(SETTLING.toNanos(), this::isStoppingOrStopped)) {
                    return content;
                }
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                return content;
            }
            content = bytes(file);
        } while (!Arrays.equals(before, content));
        return content;
    }

    private void putBack(Resource file, RuntimeException broken) {
        try {
            reload(file, working.getOrDefault(file.getURI(), NO_ROUTES));
        } catch (RuntimeException alsoBroken) {
            broken.addSuppressed(alsoBroken);
        }
    }

    private void reload(Resource file, byte[] content) {
        letGo(file);
        List<RouteDefinition> before = routesOf(file);
        super.onRouteReload(List.of(new Held(file, content)), false);
        routesOf(file).stream().filter(before::contains).forEach(this::takeAway);
    }

    private List<RouteDefinition> routesOf(Resource file) {
        return context().getRouteDefinitions().stream()
                .filter(route -> isOf(file, route.getResource()))
                .toList();
    }

    private void takeAway(RouteDefinition route) {
        try {
            context().removeRouteDefinition(route);
        } catch (Exception stillThere) {
            throw RuntimeCamelException.wrapRuntimeException(stillThere);
        }
    }

    private ModelCamelContext context() {
        return (ModelCamelContext) getCamelContext();
    }

    /**
     * Takes away the routes of a file that are asked, but for their steps, on which requests under way end: Camel would wait for
     * those, and in the end stop them. Requests that come in meanwhile wait for the new route at its {@code direct:} endpoint; the
     * gateway tells them to come again.
     */
    private void letGo(Resource file) {
        for (Route route : List.copyOf(getCamelContext().getRoutes())) {
            if (isOf(file, route.getSourceResource())
                    && isAsked(route.getConsumer())
                    && route.getConsumer().getProcessor() instanceof DelegateAsyncProcessor entrance) {
                entrance.setProcessor(new Unstopped(entrance.getProcessor()));
                List<Service> steps = List.copyOf(route.getServices());
                route.getServices().clear();
                getCamelContext().getInflightRepository().removeRoute(route.getRouteId());
                Future<?> unused = later.schedule(
                        () -> ServiceHelper.stopAndShutdownServices(steps), longest.toMillis(), TimeUnit.MILLISECONDS);
                takeAway(context().getRouteDefinition(route.getRouteId()));
            }
        }
    }

    /** Whether it waits for requests, and fetches none itself. */
    private static boolean isAsked(Consumer consumer) {
        return consumer instanceof DirectConsumer
                || consumer.getEndpoint().getEndpointUri().startsWith("platform-http:");
    }

    /** Leads to a processor and does not pass on that it is to stop. */
    private static final class Unstopped extends AsyncProcessorSupport {

        private final AsyncProcessor processor;

        Unstopped(AsyncProcessor processor) {
            this.processor = processor;
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            return processor.process(exchange, callback);
        }
    }

    private boolean isOf(Resource file, Resource source) {
        return source != null
                && (file.getURI().equals(source.getURI()) || source.getURI().equals(packaged.get(file.getURI())));
    }

    @Override
    protected void doStart() throws Exception {
        later = getCamelContext()
                .getExecutorServiceManager()
                .newSingleThreadScheduledExecutor(this, "claude-route-files");
        super.doStart();
    }

    @Override
    protected void doStop() throws Exception {
        super.doStop();
        getCamelContext().getExecutorServiceManager().shutdownNow(later);
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
