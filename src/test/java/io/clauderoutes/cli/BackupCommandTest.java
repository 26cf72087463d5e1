package io.clauderoutes.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.store.Migrations;
import io.clauderoutes.store.SqliteFile;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupCommandTest {

    @TempDir
    Path home;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Path data;

    @BeforeEach
    void there_is_a_folder_with_data() throws Exception {
        data = Files.createDirectory(home.resolve("data"));
        Files.writeString(data.resolve("answered.txt"), "one\n");
        Files.writeString(data.resolve("ledger.db.1.journal"), "rows");
    }

    @Test
    void rows_in_the_write_ahead_log_of_a_running_bundle_are_in_the_copy() throws Exception {
        try (SqliteFile file = new SqliteFile(data.resolve("ledger.db"), new Migrations(List.of()))) {
            try (Statement statement = file.connection().createStatement()) {
                statement.executeUpdate("CREATE TABLE calls (id TEXT)");
                statement.executeUpdate("INSERT INTO calls VALUES ('paid')");
                statement.execute("PRAGMA user_version = 3");
            }
            file.connection().commit();

            int code = backup(home.resolve("copy").toString());

            assertThat(code).as(err::toString).isZero();
            assertThat(ask("SELECT id FROM calls")).isEqualTo("paid");
            assertThat(ask("PRAGMA user_version")).isEqualTo("3");
        }
    }

    @Test
    void a_copy_has_the_other_files_and_neither_locks_nor_a_write_ahead_log() throws Exception {
        try (SqliteFile file = new SqliteFile(data.resolve("ledger.db"), new Migrations(List.of()))) {
            file.connection().commit();

            backup(home.resolve("copy").toString());
        }

        assertThat(home.resolve("copy").toFile().list())
                .containsExactlyInAnyOrder("answered.txt", "ledger.db", "ledger.db.1.journal");
        assertThat(home.resolve("copy/answered.txt")).hasContent("one");
    }

    @Test
    void a_copy_is_readable_for_its_user_alone() throws Exception {
        backup(home.resolve("copy").toString());

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("copy"))))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("copy/answered.txt"))))
                .isEqualTo("rw-------");
    }

    @Test
    void a_folder_that_exists_is_refused_and_left_as_it_is() throws Exception {
        Files.createDirectory(home.resolve("copy"));

        int code = backup(home.resolve("copy").toString());

        assertThat(code).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("exists: choose a new folder");
        assertThat(home.resolve("copy")).isEmptyDirectory();
    }

    @Test
    void a_database_that_cannot_be_read_fails_the_backup_and_leaves_no_folder_of_that_name() throws Exception {
        Files.writeString(data.resolve("ledger.db"), "this is not a database ".repeat(100));

        int code = backup(home.resolve("copy").toString());

        assertThat(code).isEqualTo(1);
        assertThat(home.resolve("copy")).doesNotExist();
    }

    private int backup(String... arguments) {
        return BackupCommand.run(
                arguments,
                new BackupCommand.DataFiles(data, Optional.empty(), false),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private String ask(String question) throws SQLException {
        try (Connection copy = SqliteFile.reading(home.resolve("copy/ledger.db"));
                Statement statement = copy.createStatement();
                ResultSet rows = statement.executeQuery(question)) {
            return rows.next() ? rows.getString(1) : "";
        }
    }
}
