package io.clauderoutes.install;

import org.eclipse.aether.artifact.Artifact;

/** A jar in a Maven repository. */
record Library(Artifact artifact) {

    Coordinates coordinates() {
        return new Coordinates(artifact.getGroupId(), artifact.getArtifactId(), artifact.getVersion());
    }

    String fileName() {
        String classifier = artifact.getClassifier();
        return coordinates().fileName() + (classifier.isEmpty() ? "" : "-" + classifier) + ".jar";
    }
}
