package io.clauderoutes.install;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.ZipFile;

/** The folder {@code plugins/}: a folder for each installed connector, and jars that an operator has put there. */
public final class PluginFolder {

    /** Lists the connector, and below it the libraries in its folder. */
    static final String LIST = "libraries.txt";

    /** The first letters of folders of an installation that is under way. */
    private static final String STAGING = ".install-";

    private static final String STAGED = "[.]install-[0-9]{1,18}";
    private static final String COMPONENTS = "META-INF/services/org/apache/camel/component/";

    private final Path folder;

    /** A connector in the folder, and its libraries with it. */
    record Installed(Path folder, List<Coordinates> libraries) {
        Coordinates connector() {
            return libraries.get(0);
        }
    }

    public PluginFolder(Path folder) {
        this.folder = folder;
    }

    /** All jars, in the order of the class path: those of the operator first. A jar that two connectors have is there once. */
    public List<Path> jars() throws IOException {
        List<Path> jars = new ArrayList<>(jars(folder));
        Set<String> names = new TreeSet<>();
        jars.forEach(jar -> names.add(jar.getFileName().toString()));
        for (Path connector : folders()) {
            for (Path jar : jars(connector)) {
                if (names.add(jar.getFileName().toString())) {
                    jars.add(jar);
                }
            }
        }
        return jars;
    }

    List<Installed> connectors() throws IOException {
        List<Installed> installed = new ArrayList<>();
        for (Path connector : folders()) {
            Path list = connector.resolve(LIST);
            if (Files.isRegularFile(list)) {
                List<Coordinates> libraries = Files.readAllLines(list).stream()
                        .map(line -> line.split(":", -1))
                        .filter(parts -> parts.length == 3)
                        .map(parts -> new Coordinates(parts[0], parts[1], parts[2]))
                        .toList();
                if (!libraries.isEmpty()) {
                    installed.add(new Installed(connector, libraries));
                }
            }
        }
        return installed;
    }

    /** Jars that no installation has put there. */
    List<Path> otherJars() throws IOException {
        return jars(folder);
    }

    /** A new folder for downloads. Folders of installations that were killed are removed. */
    Path stage() throws IOException {
        Files.createDirectories(folder);
        try (Stream<Path> all = Files.list(folder)) {
            for (Path left : all.filter(path -> path.getFileName().toString().matches(STAGED))
                    .toList()) {
                long process = Long.parseLong(left.getFileName().toString().substring(STAGING.length()));
                if (ProcessHandle.of(process).isEmpty()
                        || process == ProcessHandle.current().pid()) {
                    remove(left);
                }
            }
        }
        return Files.createDirectory(
                folder.resolve(STAGING + ProcessHandle.current().pid()));
    }

    /**
     * Installs the jars of a connector: its folder appears with all of them, in place of another version.
     *
     * @param stage where the jars are
     */
    void install(Coordinates connector, Map<Library, Path> jars, Path stage) throws IOException {
        Path complete = Files.createDirectory(stage.resolve("complete"));
        Set<String> lines = new LinkedHashSet<>(List.of(connector.toString()));
        for (Map.Entry<Library, Path> jar : jars.entrySet()) {
            Path target = complete.resolve(jar.getKey().fileName());
            Files.move(
                    jar.getValue(),
                    Files.exists(target)
                            ? complete.resolve(jar.getKey().coordinates().group() + "-"
                                    + jar.getKey().fileName())
                            : target);
            lines.add(jar.getKey().coordinates().toString());
        }
        Files.write(complete.resolve(LIST), lines);
        Path target = folder.resolve(connector.fileName());
        Optional<Installed> before = version(connector);
        Path old = stage.resolve("old");
        if (before.isPresent()) {
            Files.move(before.get().folder(), old, StandardCopyOption.ATOMIC_MOVE);
        }
        try {
            Files.move(complete, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            if (before.isPresent()) {
                Files.move(old, before.get().folder(), StandardCopyOption.ATOMIC_MOVE);
            }
            throw failure;
        }
    }

    /** The installed version of a connector. */
    Optional<Installed> version(Coordinates connector) throws IOException {
        return connectors().stream()
                .filter(installed -> installed.connector().isVersionOf(connector))
                .findFirst();
    }

    /** What can begin a URI with these jars, such as {@code jms:}. */
    static List<String> components(List<Path> jars) throws IOException {
        Set<String> names = new TreeSet<>();
        for (Path jar : jars) {
            try (ZipFile zip = new ZipFile(jar.toFile())) {
                zip.stream()
                        .map(entry -> entry.getName())
                        .filter(name -> name.startsWith(COMPONENTS) && !name.endsWith("/"))
                        .forEach(name -> names.add(name.substring(COMPONENTS.length()) + ":"));
            }
        }
        return List.copyOf(names);
    }

    static List<Path> jars(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        }
    }

    private List<Path> folders() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> Files.isDirectory(file)
                            && !file.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    static void remove(Path path) {
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
