package io.clauderoutes.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginsTest {

    private final ClassLoader parent = PluginsTest.class.getClassLoader();

    @TempDir
    Path home;

    @Test
    void what_is_in_a_jar_of_the_folder_is_on_the_class_path() throws Exception {
        Path folder = Files.createDirectory(home.resolve("plugins"));
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(folder.resolve("connector.jar")))) {
            jar.putNextEntry(new ZipEntry("connector/name.txt"));
            jar.write("a connector".getBytes(StandardCharsets.UTF_8));
        }

        try (URLClassLoader loader = (URLClassLoader) Plugins.loader(folder, parent);
                InputStream found = loader.getResourceAsStream("connector/name.txt")) {
            assertThat(found).hasContent("a connector");
        }
    }

    @Test
    void a_folder_that_is_missing_or_has_no_jar_changes_nothing() throws Exception {
        Path empty = Files.createDirectory(home.resolve("empty"));
        Files.writeString(empty.resolve("README.md"), "Put jars here.");

        assertThat(Plugins.loader(empty, parent)).isSameAs(parent);
        assertThat(Plugins.loader(home.resolve("missing"), parent)).isSameAs(parent);
    }
}
