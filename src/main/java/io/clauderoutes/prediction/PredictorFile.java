package io.clauderoutes.prediction;

import io.clauderoutes.store.PrivateFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what a predictor has learned in a file below {@code claude.data}. The file is replaced as a whole; one that is damaged is
 * reported and not used. It holds weights, counts and hashes, and no text.
 */
public final class PredictorFile {

    /** The file's name. */
    public static final String NAME = "predictions.bin";

    private static final Logger LOG = LoggerFactory.getLogger(PredictorFile.class);
    private static final int MAGIC = 0x434C5031;
    private static final int HEAD = Integer.BYTES + Long.BYTES;
    private static final int LONGEST = 4 * 1024 * 1024;

    private final Path file;
    private long savedSamples = -1;

    public PredictorFile(Path data) {
        this.file = data.resolve(NAME);
    }

    /** A predictor with what the file holds; with the packaged weights alone if there is no file, or none that can be used. */
    public ReplyPredictor load() {
        if (!Files.exists(file)) {
            return new ReplyPredictor();
        }
        try {
            ReplyPredictor predictor = new ReplyPredictor();
            predictor.read(new DataInputStream(new ByteArrayInputStream(content())));
            savedSamples = predictor.samples();
            return predictor;
        } catch (IOException | RuntimeException damaged) {
            LOG.warn("The learned predictions in {} cannot be used and begin anew: {}", file, damaged.getMessage());
            return new ReplyPredictor();
        }
    }

    private byte[] content() throws IOException {
        if (Files.size(file) > LONGEST) {
            throw new IOException("it is longer than " + LONGEST + " bytes");
        }
        byte[] all = Files.readAllBytes(file);
        if (all.length < HEAD || ByteBuffer.wrap(all).getInt() != MAGIC) {
            throw new IOException("it is no file of predictions");
        }
        byte[] content = Arrays.copyOfRange(all, HEAD, all.length);
        if (ByteBuffer.wrap(all).getLong(Integer.BYTES) != checksum(content)) {
            throw new IOException("its checksum is wrong");
        }
        return content;
    }

    private static long checksum(byte[] content) {
        CRC32 checksum = new CRC32();
        checksum.update(content);
        return checksum.getValue();
    }

    /** Writes what the predictor has learned, if it has learned anything since the last time. A failure is reported. */
    public synchronized void save(ReplyPredictor predictor) {
        long samples = predictor.samples();
        if (samples == savedSamples || samples == 0) {
            return;
        }
        Path next = file.resolveSibling(NAME + ".new");
        try {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            predictor.write(new DataOutputStream(content));
            byte[] bytes = content.toByteArray();
            PrivateFile.create(next);
            Files.write(
                    next,
                    ByteBuffer.allocate(HEAD + bytes.length)
                            .putInt(MAGIC)
                            .putLong(checksum(bytes))
                            .put(bytes)
                            .array());
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            savedSamples = samples;
        } catch (IOException failure) {
            LOG.warn("The learned predictions cannot be written to {}: {}", file, failure.toString());
        }
    }
}
