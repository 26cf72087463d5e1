package io.clauderoutes.install;

import io.clauderoutes.settings.InstallSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.eclipse.aether.RepositoryException;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.collection.CollectRequest;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.graph.DependencyNode;
import org.eclipse.aether.resolution.ArtifactRequest;
import org.eclipse.aether.resolution.ArtifactResolutionException;
import org.eclipse.aether.resolution.ArtifactResult;
import org.eclipse.aether.transfer.ArtifactNotFoundException;
import org.eclipse.aether.transfer.ChecksumFailureException;

/** Finds a connector with the runtime dependencies that the bundle does not have, and downloads them. */
final class ConnectorResolver implements AutoCloseable {

    private static final String RUNTIME = "runtime";
    private static final Set<String> AT_RUNTIME = Set.of("compile", RUNTIME);

    /** Each round gives more libraries of Camel the version of the bundle, until all have it. */
    private static final int MOST_ROUNDS = 10;

    private final String camelVersion;
    private final InstallSettings settings;
    private final NotBundled selector;
    private final MavenRepository repository;

    ConnectorResolver(InstallSettings settings, BundledLibraries bundled, Path cache, Consumer<String> progress) {
        this.camelVersion = bundled.camelVersion();
        this.settings = settings;
        this.selector = new NotBundled(bundled);
        this.repository = new MavenRepository(settings, selector, cache, progress);
    }

    /**
     * Finds the connector and its dependencies; only POM files are downloaded.
     *
     * @param pinned libraries whose version is decided
     */
    List<Library> find(Coordinates connector, Collection<Coordinates> pinned) throws InstallException {
        Map<String, Coordinates> decided = new LinkedHashMap<>();
        pinned.forEach(library -> decided.put(library.group() + ":" + library.artifact(), library));
        for (int round = 0; round < MOST_ROUNDS; round++) {
            List<Library> found = collect(connector, decided.values());
            List<Library> otherCamel = found.stream()
                    .filter(library -> library.artifact().getGroupId().equals(Coordinates.CAMEL)
                            && !library.artifact().getVersion().equals(camelVersion))
                    .toList();
            if (otherCamel.isEmpty()) {
                return found;
            }
            for (Library library : otherCamel) {
                Artifact artifact = library.artifact();
                decided.put(
                        artifact.getGroupId() + ":" + artifact.getArtifactId(),
                        new Coordinates(artifact.getGroupId(), artifact.getArtifactId(), camelVersion));
            }
        }
        throw new InstallException(connector + " needs another version of Camel than " + camelVersion);
    }

    private List<Library> collect(Coordinates connector, Collection<Coordinates> decided) throws InstallException {
        CollectRequest request = new CollectRequest();
        request.addDependency(new Dependency(artifact(connector), RUNTIME));
        request.addRepository(repository.remote());
        decided.forEach(library -> request.addManagedDependency(new Dependency(artifact(library), "")));
        try {
            DependencyNode root = repository
                    .system()
                    .collectDependencies(repository.session(), request)
                    .getRoot();
            List<Library> libraries = new ArrayList<>();
            add(root.getChildren(), libraries);
            return libraries;
        } catch (RepositoryException failure) {
            throw failed(connector, failure);
        }
    }

    private static void add(List<DependencyNode> nodes, List<Library> libraries) {
        for (DependencyNode node : nodes) {
            if (node.getArtifact().getExtension().equals("jar")
                    && AT_RUNTIME.contains(node.getDependency().getScope())) {
                libraries.add(new Library(node.getArtifact()));
            }
            add(node.getChildren(), libraries);
        }
    }

    /** Downloads the jars. */
    Map<Library, Path> download(Coordinates connector, List<Library> libraries) throws InstallException {
        List<ArtifactRequest> requests = new ArrayList<>();
        libraries.forEach(
                library -> requests.add(new ArtifactRequest(library.artifact(), List.of(repository.remote()), null)));
        try {
            Map<Library, Path> files = new LinkedHashMap<>();
            for (ArtifactResult result : repository.system().resolveArtifacts(repository.session(), requests)) {
                files.put(
                        new Library(result.getRequest().getArtifact()),
                        result.getArtifact().getPath());
            }
            return files;
        } catch (ArtifactResolutionException failure) {
            throw failed(connector, failure);
        }
    }

    /** Libraries that the connector asks for in a newer version than the bundle's. */
    Map<String, String> newer() {
        return selector.newer();
    }

    private static Artifact artifact(Coordinates coordinates) {
        return new DefaultArtifact(coordinates.group(), coordinates.artifact(), "jar", coordinates.version());
    }

    private InstallException failed(Coordinates connector, RepositoryException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ChecksumFailureException) {
                return new InstallException(
                        connector + ": a file from " + settings.repository() + " does not have its checksum: "
                                + cause.getMessage() + ". Nothing was installed. Try again, or name another repository",
                        failure);
            }
            if (cause instanceof ArtifactNotFoundException missing) {
                Artifact artifact = missing.getArtifact();
                return new InstallException(
                        artifact.getGroupId() + ":" + artifact.getArtifactId() + ":" + artifact.getVersion()
                                + " is not in " + settings.repository()
                                + ": check the name and the version, or name another repository",
                        failure);
            }
        }
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return new InstallException(
                connector + ": " + settings.repository() + " cannot be read: "
                        + (cause.getMessage() == null ? cause.toString() : cause.getMessage())
                        + ". Check the network and claude.install.repository",
                failure);
    }

    @Override
    public void close() {
        repository.close();
    }
}
