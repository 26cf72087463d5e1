package io.clauderoutes.source;

import java.io.File;
import java.nio.file.Files;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileFilter;
import org.apache.camel.spi.ExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which files of a folder are prompts: no symbolic links, and no file that stays after its reply because it cannot be moved.
 * Each such file is reported once, and again when it has changed.
 */
public final class SourceFiles implements GenericFileFilter<File>, ExceptionHandler {

    private static final Logger LOG = LoggerFactory.getLogger(SourceFiles.class);
    private static final int MOST_REMEMBERED = 10_000;

    /** Size and time of the files that were reported, by their paths. */
    private final Map<String, String> reported = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MOST_REMEMBERED;
        }
    });

    @Override
    public boolean accept(GenericFile<File> file) {
        String path = file.getAbsoluteFilePath();
        if (Files.isSymbolicLink(file.getFile().toPath())) {
            if (!"link".equals(reported.put(path, "link"))) {
                LOG.warn("Source file {} is a symbolic link and is not read", path);
            }
            return false;
        }
        if (version(file).equals(reported.get(path))) {
            return false;
        }
        reported.remove(path);
        return true;
    }

    /** A file that failed and stays, because there are no dead letters: it is not read again until it changes. */
    void failed(GenericFile<?> file) {
        reported.put(file.getAbsoluteFilePath(), version(file));
    }

    private static String version(GenericFile<?> file) {
        return file.getFileLength() + "|" + file.getLastModified();
    }

    @Override
    public void handleException(Throwable failure) {
        handleException("Source file error", failure);
    }

    @Override
    public void handleException(String message, Throwable failure) {
        LOG.warn("{}: {}", message, failure.toString());
    }

    /** Camel could not do with a file what is to be done after its reply. */
    @Override
    public void handleException(String message, Exchange exchange, Throwable failure) {
        GenericFile<?> file =
                exchange == null ? null : exchange.getProperty("CamelFileExchangeFile", GenericFile.class);
        if (file == null) {
            handleException(message, failure);
            return;
        }
        if (!((File) file.getFile()).exists()) {
            // It was listed again just before it was moved.
            return;
        }
        reported.put(file.getAbsoluteFilePath(), version(file));
        LOG.warn(
                "Source file {} was processed and cannot be moved: {}. It is not read again until it changes."
                        + " Make the folder writable, or remove the file",
                file.getAbsoluteFilePath(),
                failure.toString());
    }
}
