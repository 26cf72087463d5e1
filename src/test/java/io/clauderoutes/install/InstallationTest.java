package io.clauderoutes.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.clauderoutes.settings.InstallSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstallationTest {

    private static final String PIGEON = "org.apache.camel:camel-pigeon:4.18.0";

    @TempDir
    Path home;

    private final BundledLibraries bundled = new BundledLibraries(List.of(
            "   org.apache.camel:camel-api:jar:4.18.0:compile (optional)",
            "   org.apache.camel:camel-support:jar:4.18.0:compile",
            "   org.example:shared:jar:1.0:runtime"));
    private final List<String> lines = new ArrayList<>();
    private FolderRepository repository;
    private Path plugins;

    @BeforeEach
    void there_is_a_repository() throws Exception {
        repository = new FolderRepository(Files.createDirectory(home.resolve("repository")));
        plugins = home.resolve("plugins");
    }

    @AfterEach
    void close() {
        repository.close();
    }

    @Test
    void a_connector_comes_with_the_libraries_that_the_bundle_does_not_have() throws Exception {
        repository.library("org.example:wings:2.0");
        repository.connector(
                PIGEON,
                "pigeon",
                "org.apache.camel:camel-support:4.18.0",
                "org.example:wings:2.0",
                "org.example:shared:1.0");

        install("camel-pigeon");

        assertThat(files())
                .containsExactly(
                        "camel-pigeon-4.18.0/camel-pigeon-4.18.0.jar",
                        "camel-pigeon-4.18.0/libraries.txt",
                        "camel-pigeon-4.18.0/wings-2.0.jar");
        assertThat(lines)
                .contains(
                        "Installed " + PIGEON + ": 2 jars in " + plugins.resolve("camel-pigeon-4.18.0"),
                        "Sources and sinks can be pigeon: after the next start");
        assertThat(new PluginFolder(plugins).jars())
                .extracting(jar -> jar.getFileName().toString())
                .containsExactly("camel-pigeon-4.18.0.jar", "wings-2.0.jar");
    }

    @Test
    void a_library_that_is_asked_for_in_a_newer_version_is_named() throws Exception {
        repository.connector(PIGEON, "pigeon", "org.example:shared:1.10");

        install("camel-pigeon");

        assertThat(lines)
                .last()
                .isEqualTo("Note: shared 1.10 is asked for, the bundle has 1.0. The bundle's version is"
                        + " used; test the connector");
    }

    @Test
    void libraries_of_camel_have_the_version_of_the_bundle() throws Exception {
        repository.library("org.apache.camel:camel-jackson:4.10.0");
        repository.library("org.apache.camel:camel-jackson:4.18.0");
        repository.connector("org.example:owl:1.0", "owl", "org.apache.camel:camel-jackson:4.10.0");

        install("org.example:owl:1.0");

        assertThat(files())
                .contains("owl-1.0/camel-jackson-4.18.0.jar")
                .doesNotContain("owl-1.0/camel-jackson-4.10.0.jar");
    }

    @Test
    void another_version_of_camel_is_refused() {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> Coordinates.of("org.apache.camel:camel-pigeon:4.10.0", "4.18.0"))
                .withMessageContaining("this bundle has Camel 4.18.0")
                .withMessageContaining("leave out the version");
    }

    @Test
    void a_library_has_one_version_in_all_connectors() throws Exception {
        repository.library("org.example:wings:2.0");
        repository.library("org.example:wings:3.0");
        repository.connector(PIGEON, "pigeon", "org.example:wings:2.0");
        repository.connector("org.example:owl:1.0", "owl", "org.example:nest:1.0");
        repository.library("org.example:nest:1.0", "org.example:wings:3.0");

        install("camel-pigeon");
        install("org.example:owl:1.0");

        assertThat(files()).contains("owl-1.0/wings-2.0.jar").doesNotContain("owl-1.0/wings-3.0.jar");
        assertThat(new PluginFolder(plugins).jars())
                .extracting(jar -> jar.getFileName().toString())
                .containsOnlyOnce("wings-2.0.jar");
    }

    @Test
    void a_new_version_takes_the_place_of_the_old_one() throws Exception {
        repository.connector("org.example:owl:1.0", "owl");
        repository.connector("org.example:owl:1.1", "owl");

        install("org.example:owl:1.0");
        install("org.example:owl:1.1");
        install("org.example:owl:1.1");

        assertThat(files()).containsExactly("owl-1.1/libraries.txt", "owl-1.1/owl-1.1.jar");
        assertThat(lines).contains("Replaced version 1.0", "org.example:owl:1.1 is installed already");
    }

    @Test
    void an_unknown_connector_is_named_and_leaves_nothing() throws Exception {
        assertThatExceptionOfType(InstallException.class)
                .isThrownBy(() -> install("camel-pidgeon"))
                .withMessage("org.apache.camel:camel-pidgeon:4.18.0 is not in " + repository.url()
                        + ": check the name and the version, or name another repository");
        assertThat(files()).isEmpty();
    }

    @Test
    void a_changed_jar_is_refused_and_leaves_nothing() throws Exception {
        repository.library("org.example:wings:2.0");
        repository.connector(PIGEON, "pigeon", "org.example:wings:2.0");
        Files.write(repository.file("org.example:wings:2.0", "jar"), new byte[] {1, 2, 3});

        assertThatExceptionOfType(InstallException.class)
                .isThrownBy(() -> install("camel-pigeon"))
                .withMessageContaining("does not have its checksum");
        assertThat(files()).isEmpty();
    }

    @Test
    void a_jar_without_a_checksum_is_refused() throws Exception {
        repository.connector(PIGEON, "pigeon");
        Files.delete(repository.file(PIGEON, "jar.sha1"));

        assertThatExceptionOfType(InstallException.class)
                .isThrownBy(() -> install("camel-pigeon"))
                .withMessageContaining("does not have its checksum");
    }

    @Test
    void a_missing_dependency_leaves_nothing() throws Exception {
        repository.connector(PIGEON, "pigeon", "org.example:wings:2.0");

        assertThatExceptionOfType(InstallException.class)
                .isThrownBy(() -> install("camel-pigeon"))
                .withMessageContaining("org.example:wings:2.0 is not in ");
        assertThat(files()).isEmpty();
    }

    @Test
    void a_repository_that_cannot_be_reached_is_named() {
        URI nobody = repository.url();
        repository.close();

        assertThatExceptionOfType(InstallException.class)
                .isThrownBy(() -> install("camel-pigeon"))
                .withMessageContaining(nobody + " cannot be read")
                .withMessageContaining("claude.install.repository");
    }

    @Test
    void a_rehearsal_downloads_no_jar() throws Exception {
        repository.connector(PIGEON, "pigeon");

        installation().install(Coordinates.of("camel-pigeon", "4.18.0"), true);

        assertThat(lines).contains("  camel-pigeon-4.18.0.jar", "Would install 1 jar in " + plugins);
        assertThat(repository.asked()).noneMatch(path -> path.endsWith(".jar"));
        assertThat(files()).isEmpty();
    }

    @Test
    void what_a_killed_installation_has_left_is_removed() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        Path left = Files.createDirectories(
                plugins.resolve(".install-" + ended.pid()).resolve("complete"));
        Files.createFile(left.resolve("half.jar"));
        repository.connector(PIGEON, "pigeon");

        install("camel-pigeon");

        assertThat(left).doesNotExist();
        assertThat(files()).hasSize(2);
    }

    @Test
    void the_list_has_connectors_and_jars_of_the_operator() throws Exception {
        repository.connector(PIGEON, "pigeon");
        install("camel-pigeon");
        Files.copy(repository.file(PIGEON, "jar"), plugins.resolve("own.jar"));
        lines.clear();

        installation().list();

        assertThat(lines).containsExactly(PIGEON + "  pigeon:", "own.jar  pigeon:");
    }

    private Installation installation() {
        return new Installation(plugins, bundled, new InstallSettings(repository.url(), "", ""), lines::add);
    }

    private void install(String connector) throws InstallException {
        installation().install(Coordinates.of(connector, bundled.camelVersion()), false);
    }

    private List<String> files() throws IOException {
        if (!Files.exists(plugins)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(plugins)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> plugins.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }
}
