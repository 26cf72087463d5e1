package io.clauderoutes.cli;

import io.clauderoutes.install.PluginFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import java.util.Optional;

/** Connector jars that an operator puts into {@code plugins/} beside the jar of the bundle. */
final class Plugins {

    private static final String FOLDER = "plugins";

    private Plugins() {}

    /** The folder beside the jar of the type; empty if the type is in no file. */
    static Optional<Path> folder(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return Optional.empty();
        }
        try {
            URI location = source.getLocation().toURI();
            return location.getScheme().equals("file")
                    ? Optional.of(Path.of(location).resolveSibling(FOLDER))
                    : Optional.empty();
        } catch (URISyntaxException noFile) {
            return Optional.empty();
        }
    }

    /** The class loader of the type, and below it one for the jars in the folder, if there are any. */
    static ClassLoader loader(Class<?> type) {
        return folder(type).map(folder -> loader(folder, type.getClassLoader())).orElseGet(type::getClassLoader);
    }

    /** The parent itself if the folder is missing or has no jar. */
    static ClassLoader loader(Path folder, ClassLoader parent) {
        try {
            List<Path> jars = new PluginFolder(folder).jars();
            URL[] urls = new URL[jars.size()];
            for (int index = 0; index < urls.length; index++) {
                urls[index] = url(jars.get(index));
            }
            return urls.length == 0 ? parent : new URLClassLoader(FOLDER, urls, parent);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static URL url(Path jar) throws MalformedURLException {
        return jar.toUri().toURL();
    }
}
