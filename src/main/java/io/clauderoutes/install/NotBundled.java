package io.clauderoutes.install;

import java.util.Map;
import java.util.TreeMap;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.collection.DependencyCollectionContext;
import org.eclipse.aether.collection.DependencySelector;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.util.version.GenericVersionScheme;
import org.eclipse.aether.version.InvalidVersionSpecificationException;
import org.eclipse.aether.version.Version;
import org.eclipse.aether.version.VersionScheme;

/** Leaves out libraries that the bundle has, with their dependencies, and notes those that are asked for in a newer version. */
final class NotBundled implements DependencySelector {

    private final BundledLibraries bundled;
    private final VersionScheme versions = new GenericVersionScheme();
    private final Map<String, String> newer = new TreeMap<>();

    NotBundled(BundledLibraries bundled) {
        this.bundled = bundled;
    }

    @Override
    public boolean selectDependency(Dependency dependency) {
        Artifact artifact = dependency.getArtifact();
        String has = bundled.version(artifact.getGroupId(), artifact.getArtifactId())
                .filter(version -> artifact.getClassifier().isEmpty())
                .orElse("");
        if (has.isEmpty()) {
            return true;
        }
        if (!dependency.isOptional() && isNewer(artifact.getVersion(), has)) {
            newer.put(artifact.getArtifactId(), artifact.getVersion() + " is asked for, the bundle has " + has);
        }
        return false;
    }

    private boolean isNewer(String version, String than) {
        try {
            Version asked = versions.parseVersion(version);
            return asked.compareTo(versions.parseVersion(than)) > 0;
        } catch (InvalidVersionSpecificationException notAVersion) {
            return false;
        }
    }

    @Override
    public DependencySelector deriveChildSelector(DependencyCollectionContext context) {
        return this;
    }

    /** Libraries by name, each with both versions. */
    Map<String, String> newer() {
        return newer;
    }
}
