package io.clauderoutes.credential;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.concurrent.SleepFunction;
import io.clauderoutes.settings.SettingsException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A secret in a file that may be replaced at any time. A new content counts only when two looks in a row have found it and it
 * makes sense, so that one that is half written is not taken; until then the old one goes on.
 */
final class SecretFile implements Secret {

    static final int LONGEST = 64 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(SecretFile.class);
    private static final Duration SETTLING = Duration.ofMillis(25);
    private static final int CLOSE_LOOKS = 20;
    private static final long REMEMBERED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String setting;
    private final Path file;
    private final Consumer<String> check;
    private final SleepFunction sleeper;
    private final LongSupplier ticker;
    private volatile String value;
    private String seen;
    private String trouble = "";
    private long sameNanos;
    private String same = "";

    /**
     * Reads the file for the first time.
     *
     * @param setting its key
     * @param check throws an {@link IllegalArgumentException} for what cannot be the secret
     * @throws SettingsException if the file cannot be read or holds something else
     */
    SecretFile(String setting, Path file, Consumer<String> check, SleepFunction sleeper, LongSupplier ticker) {
        this.setting = setting;
        this.file = file;
        this.check = check;
        this.sleeper = sleeper;
        this.ticker = ticker;
        try {
            this.value = read(file);
            check.accept(value);
        } catch (IOException unreadable) {
            throw new SettingsException(List.of(setting + "=" + file + ": " + reason(unreadable)));
        } catch (IllegalArgumentException wrong) {
            throw new SettingsException(List.of(setting + "=" + file + ": " + wrong.getMessage()));
        }
        this.seen = value;
    }

    /** The file's text without the space around it. */
    static String read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(LONGEST + 1);
            if (bytes.length > LONGEST) {
                throw new IOException("it is longer than " + LONGEST + " bytes");
            }
            return new String(bytes, UTF_8).strip();
        }
    }

    static String reason(IOException unreadable) {
        return unreadable instanceof NoSuchFileException
                ? "there is no such file"
                : "the file cannot be read (" + unreadable.getClass().getSimpleName() + ")";
    }

    @Override
    public String value() {
        return value;
    }

    @Override
    public synchronized boolean look() {
        String found;
        try {
            found = read(file);
        } catch (IOException unreadable) {
            told(reason(unreadable));
            return false;
        }
        boolean settled = found.equals(seen);
        seen = found;
        if (found.equals(value)) {
            told("");
            return false;
        }
        if (!settled) {
            return false;
        }
        try {
            check.accept(found);
        } catch (IllegalArgumentException wrong) {
            told(wrong.getMessage());
            return false;
        }
        value = found;
        told("");
        LOG.info("{}: the new content is used from now on", setting);
        return true;
    }

    private void told(String news) {
        if (!news.equals(trouble)) {
            trouble = news;
            if (!news.isEmpty()) {
                LOG.warn("{}={}: {}; the old content is still used", setting, file, news);
            }
        }
    }

    @Override
    public synchronized boolean isOtherThan(String refused) {
        if (refused.equals(same) && ticker.getAsLong() - sameNanos < REMEMBERED_NANOS) {
            return false;
        }
        for (int looks = 0; looks < CLOSE_LOOKS && value.equals(refused); looks++) {
            look();
            if (seen.equals(refused) || !value.equals(refused) || !sleeper.slept(SETTLING)) {
                break;
            }
        }
        boolean other = !value.equals(refused);
        if (!other) {
            same = refused;
            sameNanos = ticker.getAsLong();
        }
        return other;
    }

    @Override
    public String toString() {
        return "Secret[" + setting + "=" + file + "]";
    }
}
