package io.clauderoutes.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Creates files that only the user of the process can read, where the file system has such permissions. */
public final class PrivateFile {

    private static final Set<PosixFilePermission> FILE =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    private static final Set<PosixFilePermission> FOLDER =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private PrivateFile() {}

    /**
     * Creates the file with 0600, and folders that are missing with 0700. A file that is there gets 0600; a folder that is there
     * is left as it is, because other things can be in it.
     */
    public static void create(Path file) throws IOException {
        Path path = file.toAbsolutePath();
        if (!path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectories(path.getParent());
            return;
        }
        createFolders(path.getParent());
        try {
            Files.createFile(path, only(FILE));
        } catch (FileAlreadyExistsException there) {
            tighten(path);
        }
    }

    /** Creates a folder with 0700, and those above it that are missing. A folder that is there is left as it is. */
    public static void createFolder(Path folder) throws IOException {
        Path path = folder.toAbsolutePath();
        if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            createFolders(path);
        } else {
            Files.createDirectories(path);
        }
    }

    /** A link to a folder is a folder here. */
    private static void createFolders(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, only(FOLDER));
        }
    }

    private static void tighten(Path file) throws IOException {
        try {
            if (!FILE.equals(Files.getPosixFilePermissions(file))) {
                Files.setPosixFilePermissions(file, FILE);
            }
        } catch (FileSystemException notOurs) {
            // A file of another user: whether it can be written shows when it is.
        }
    }

    private static FileAttribute<Set<PosixFilePermission>> only(Set<PosixFilePermission> permissions) {
        return PosixFilePermissions.asFileAttribute(permissions);
    }
}
