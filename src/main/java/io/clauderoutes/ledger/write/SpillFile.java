package io.clauderoutes.ledger.write;

import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.RowJson;
import io.clauderoutes.store.PrivateFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;

/** Rows that the store could not take, one on each line as JSON, on the disk before a call goes on. */
public final class SpillFile {

    private final Path file;
    private final RowJson json = new RowJson();

    public SpillFile(Path file) {
        this.file = file;
    }

    Path file() {
        return file;
    }

    void append(Collection<Row> rows) throws IOException {
        PrivateFile.create(file);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            ByteBuffer bytes = ByteBuffer.wrap(json.lines(rows));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    /** All rows that are there. A last line that was cut off with its process was never told to be safe, and is none. */
    List<Row> read() throws IOException {
        return Files.isRegularFile(file) ? json.rows(Files.readAllBytes(file)) : List.of();
    }

    void delete() throws IOException {
        if (Files.isRegularFile(file)) {
            Files.delete(file);
        }
    }
}
