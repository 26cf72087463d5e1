package io.clauderoutes.install;

import io.clauderoutes.settings.InstallSettings;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.eclipse.aether.ConfigurationProperties;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.RepositorySystemSession;
import org.eclipse.aether.RepositorySystemSession.CloseableSession;
import org.eclipse.aether.collection.DependencySelector;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.repository.RepositoryPolicy;
import org.eclipse.aether.spi.connector.transport.TransporterFactory;
import org.eclipse.aether.supplier.RepositorySystemSupplier;
import org.eclipse.aether.supplier.SessionBuilderSupplier;
import org.eclipse.aether.transfer.AbstractTransferListener;
import org.eclipse.aether.transfer.TransferEvent;
import org.eclipse.aether.transport.file.FileTransporterFactory;
import org.eclipse.aether.transport.jdk.JdkTransporterFactory;
import org.eclipse.aether.util.graph.selector.AndDependencySelector;
import org.eclipse.aether.util.repository.AuthenticationBuilder;
import org.eclipse.aether.util.repository.SimpleArtifactDescriptorPolicy;

/**
 * One Maven repository. Repositories that POM files name are not asked, settings.xml is not read, and a file without a correct checksum is
 * refused.
 */
final class MavenRepository implements AutoCloseable {

    private static final int TIMEOUT_MS = 60_000;

    private final RemoteRepository remote;
    private final RepositorySystem system;
    private final CloseableSession session;

    /**
     * @param cache folder for downloads
     * @param selector of dependencies, beside those that Maven leaves out
     * @param progress gets a line for each jar
     */
    MavenRepository(InstallSettings settings, DependencySelector selector, Path cache, Consumer<String> progress) {
        this.remote = remote(settings);
        this.system = new Transports().get();
        this.session = new Selected(system, selector)
                .get()
                .withLocalRepositoryBaseDirectories(cache)
                .setIgnoreArtifactDescriptorRepositories(true)
                .setArtifactDescriptorPolicy(new SimpleArtifactDescriptorPolicy(false, true))
                .setConfigProperty(ConfigurationProperties.CONNECT_TIMEOUT, TIMEOUT_MS)
                .setConfigProperty(ConfigurationProperties.REQUEST_TIMEOUT, TIMEOUT_MS)
                .setTransferListener(new Progress(progress))
                .build();
    }

    private static RemoteRepository remote(InstallSettings settings) {
        RemoteRepository.Builder remote = new RemoteRepository.Builder(
                        "install", "default", settings.repository().toString())
                .setPolicy(new RepositoryPolicy(
                        true, RepositoryPolicy.UPDATE_POLICY_ALWAYS, RepositoryPolicy.CHECKSUM_POLICY_FAIL));
        if (!settings.user().isEmpty()) {
            remote.setAuthentication(new AuthenticationBuilder()
                    .addUsername(settings.user())
                    .addPassword(settings.password())
                    .build());
        }
        return remote.build();
    }

    RemoteRepository remote() {
        return remote;
    }

    RepositorySystem system() {
        return system;
    }

    RepositorySystemSession session() {
        return session;
    }

    @Override
    public void close() {
        session.close();
        system.shutdown();
    }

    /** HTTP by the JDK, and folders. The default transport needs another HTTP library. */
    private static final class Transports extends RepositorySystemSupplier {
        @Override
        protected Map<String, TransporterFactory> createTransporterFactories() {
            return Map.of(
                    FileTransporterFactory.NAME,
                    new FileTransporterFactory(),
                    JdkTransporterFactory.NAME,
                    new JdkTransporterFactory(getChecksumExtractor(), getPathProcessor()));
        }
    }

    private static final class Selected extends SessionBuilderSupplier {
        private final DependencySelector selector;

        Selected(RepositorySystem system, DependencySelector selector) {
            super(system);
            this.selector = selector;
        }

        @Override
        protected DependencySelector getDependencySelector() {
            return new AndDependencySelector(super.getDependencySelector(), selector);
        }
    }

    private static final class Progress extends AbstractTransferListener {
        private static final int BYTES_PER_KB = 1000;
        private final Consumer<String> lines;

        Progress(Consumer<String> lines) {
            this.lines = lines;
        }

        @Override
        public void transferSucceeded(TransferEvent event) {
            String name = event.getResource().getResourceName();
            if (name.endsWith(".jar")) {
                lines.accept("  " + name.substring(name.lastIndexOf('/') + 1) + " ("
                        + Math.max(1, event.getTransferredBytes() / BYTES_PER_KB) + " kB)");
            }
        }
    }
}
