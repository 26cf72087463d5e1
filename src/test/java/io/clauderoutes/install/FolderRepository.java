package io.clauderoutes.install;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A Maven repository on this machine: a folder with libraries that a test makes, served over HTTP. */
final class FolderRepository implements AutoCloseable {

    private final Path folder;
    private final HttpServer server;
    private final List<String> asked = new CopyOnWriteArrayList<>();

    FolderRepository(Path folder) throws IOException {
        this.folder = folder;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestURI().getPath());
            Path file = folder.resolve(exchange.getRequestURI().getPath().substring(1));
            boolean isThere = Files.isRegularFile(file);
            exchange.sendResponseHeaders(isThere ? 200 : 404, isThere ? Files.size(file) : -1);
            if (isThere) {
                Files.copy(file, exchange.getResponseBody());
            }
            exchange.close();
        });
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    List<String> asked() {
        return asked;
    }

    /** A library without a component, that depends on others: {@code group:artifact:version}. */
    void library(String coordinates, String... dependencies) throws IOException {
        put(coordinates, "", dependencies);
    }

    /** A library with a component of Camel. */
    void connector(String coordinates, String scheme, String... dependencies) throws IOException {
        put(coordinates, "META-INF/services/org/apache/camel/component/" + scheme, dependencies);
    }

    private void put(String coordinates, String entry, String... dependencies) throws IOException {
        String pom = "<project><modelVersion>4.0.0</modelVersion>" + named(coordinates) + "<dependencies>"
                + Arrays.stream(dependencies)
                        .map(dependency -> "<dependency>" + named(dependency) + "</dependency>")
                        .collect(Collectors.joining())
                + "</dependencies></project>";
        write(file(coordinates, "pom"), pom.getBytes(UTF_8));
        Path jar = Files.createTempFile(folder, "jar", ".zip");
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry(entry.isEmpty() ? "nothing" : entry));
            zip.write("class=java.lang.Object".getBytes(UTF_8));
        }
        write(file(coordinates, "jar"), Files.readAllBytes(jar));
        Files.delete(jar);
    }

    Path file(String coordinates, String type) {
        String[] parts = coordinates.split(":", -1);
        return folder.resolve(parts[0].replace('.', '/'))
                .resolve(parts[1])
                .resolve(parts[2])
                .resolve(parts[1] + "-" + parts[2] + "." + type);
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
        try {
            String checksum =
                    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(bytes));
            Files.writeString(file.resolveSibling(file.getFileName() + ".sha1"), checksum);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String named(String coordinates) {
        String[] parts = coordinates.split(":", -1);
        return "<groupId>" + parts[0] + "</groupId><artifactId>" + parts[1] + "</artifactId><version>" + parts[2]
                + "</version>";
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
