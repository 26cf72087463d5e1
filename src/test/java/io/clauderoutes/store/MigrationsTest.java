package io.clauderoutes.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.gateway.batches.ClientBatchStore;
import io.clauderoutes.ledger.store.LedgerFile;
import io.clauderoutes.undelivered.UndeliveredStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A file of any earlier version opens, and has the schema of a new file afterwards. */
class MigrationsTest {

    private static final Migrations BATCHES = new Migrations(
            List.of("/io/clauderoutes/batch/001-prompts.sql", "/io/clauderoutes/batch/002-redact-policy.sql"));

    @TempDir
    private Path folder;

    static Stream<Arguments> earlier_versions() {
        return Stream.of(LedgerFile.SCHEMA, BATCHES, ClientBatchStore.SCHEMA, UndeliveredStore.SCHEMA)
                .flatMap(schema -> Stream.iterate(0, version -> version < schema.newest(), version -> version + 1)
                        .map(version -> Arguments.of(schema, version)));
    }

    @ParameterizedTest
    @MethodSource("earlier_versions")
    void a_file_of_an_earlier_version_gets_the_schema_of_a_new_one(Migrations schema, int version) throws SQLException {
        opened("old.db", new Migrations(schema.files().subList(0, version)));

        List<String> upgraded = opened("old.db", schema);

        assertThat(upgraded).isEqualTo(opened("new.db", schema)).contains("version " + schema.newest());
    }

    private List<String> opened(String name, Migrations schema) throws SQLException {
        try (SqliteFile file = new SqliteFile(folder.resolve(name), schema)) {
            Connection connection = file.connection();
            List<String> all = Sql.all(
                    connection,
                    "SELECT type || ' ' || name FROM sqlite_schema UNION ALL"
                            + " SELECT 'column ' || t.name || '.' || c.name || ' ' || c.type FROM sqlite_schema AS t,"
                            + " pragma_table_info(t.name) AS c UNION ALL SELECT 'version ' || user_version FROM"
                            + " pragma_user_version ORDER BY 1",
                    row -> row.getString(1));
            connection.commit();
            return all;
        }
    }

    @Test
    void a_file_of_a_newer_version_is_not_opened_and_not_changed() throws Exception {
        opened("newer.db", UndeliveredStore.SCHEMA);
        Path file = folder.resolve("newer.db");
        byte[] before = Files.readAllBytes(file);

        assertThatThrownBy(() -> opened("newer.db", new Migrations(List.of())))
                .hasMessage("it was written by a newer version (its schema is 1, this version knows 0)");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }

    @Test
    void a_migration_that_fails_leaves_the_file_as_it_was() throws SQLException {
        List<String> before = opened("file.db", BATCHES);
        Migrations broken = new Migrations(Stream.concat(
                        BATCHES.files().stream(),
                        Stream.of(
                                "/io/clauderoutes/undelivered/001-replies.sql",
                                BATCHES.files().get(0)))
                .toList());

        assertThatThrownBy(() -> opened("file.db", broken)).isInstanceOf(SQLException.class);

        assertThat(opened("file.db", BATCHES)).isEqualTo(before);
    }
}
