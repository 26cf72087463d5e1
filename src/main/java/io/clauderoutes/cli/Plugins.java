package io.clauderoutes.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import java.util.stream.Stream;

/** Connector jars that an operator puts into {@code plugins/} beside the jar of the bundle. */
final class Plugins {

    private static final String FOLDER = "plugins";

    private Plugins() {}

    /** The class loader of the type, and below it one for the jars in the folder, if there are any. */
    static ClassLoader loader(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return type.getClassLoader();
        }
        try {
            URI location = source.getLocation().toURI();
            return location.getScheme().equals("file")
                    ? loader(Path.of(location).resolveSibling(FOLDER), type.getClassLoader())
                    : type.getClassLoader();
        } catch (URISyntaxException noFile) {
            return type.getClassLoader();
        }
    }

    /** The parent itself if the folder is missing or has no jar. */
    static ClassLoader loader(Path folder, ClassLoader parent) {
        if (!Files.isDirectory(folder)) {
            return parent;
        }
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> jars = files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
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
