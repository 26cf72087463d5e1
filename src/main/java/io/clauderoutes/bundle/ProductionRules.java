package io.clauderoutes.bundle;

import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.CredentialSettings;
import io.clauderoutes.settings.CredentialSettings.Kinds;
import io.clauderoutes.settings.SettingsException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;

/** Settings that {@code camel.main.profile=prod} refuses, because they are useful on a desk and dangerous in production. */
final class ProductionRules {

    private static final Pattern SECRET = Pattern.compile(
            "claude\\.credentials\\.[^.]+\\.(key|identity-token)|claude\\.ledger\\.password|claude\\.console\\.password"
                    + "|claude\\.gateway\\.keys\\.[^.]+\\.key|claude\\.memory\\.key"
                    + "|claude\\.mcp\\.[^.]+\\.(headers|env)\\..+");

    private static final Set<PosixFilePermission> OTHERS = Set.of(
            PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.OTHERS_EXECUTE);

    private final Path folder;

    /** @param folder where the process was started, with its {@code application.properties} */
    ProductionRules(Path folder) {
        this.folder = folder;
    }

    /**
     * Checks everything at once.
     *
     * @param keyless whether no key is set for the packaged endpoint
     * @param managedOpenly whether the management server answers other machines without asking who they are
     * @throws SettingsException with one line for each thing that is not safe
     */
    void check(ClaudeSettings settings, boolean keyless, boolean managedOpenly) {
        List<String> unsafe = new ArrayList<>();
        if (keyless) {
            unsafe.add("claude.credentials.main.key is empty. Profile prod requires a key and uses no simulator:"
                    + " set the environment variable ANTHROPIC_API_KEY");
        }
        plainSecrets(unsafe);
        settings.upstream().credentials().forEach((name, credential) -> credential
                .tell(new KeyFiles())
                .filter(file -> has(folder.resolve(file), PosixFilePermission.OTHERS_READ))
                .ifPresent(file -> unsafe.add("claude.credentials." + name + ".key-file=" + file
                        + ": everybody may read this file: take the right away")));
        settings.servers()
                .gateway()
                .tls()
                .privateKey()
                .filter(file -> has(folder.resolve(file), PosixFilePermission.OTHERS_READ))
                .ifPresent(file -> unsafe.add("claude.gateway.private-key=" + file
                        + ": every user can read this file. Take the right away: chmod o= " + file));
        settings.agents()
                .memory()
                .key()
                .file()
                .filter(file -> has(folder.resolve(file), PosixFilePermission.OTHERS_READ))
                .ifPresent(file -> unsafe.add("claude.memory.key-file=" + file
                        + ": every user can read this file. Take the right away: chmod o= " + file));
        openData(settings).ifPresent(unsafe::add);
        Path routes = folder.resolve(settings.operation().routes().folder());
        if (Files.isDirectory(routes) && has(routes, PosixFilePermission.OTHERS_WRITE)) {
            unsafe.add("claude.routes=" + settings.operation().routes().folder()
                    + ": everybody may write into this folder, and what is in it is run: take the right away");
        }
        if (managedOpenly) {
            unsafe.add(
                    "camel.management.host opens the management server beyond this machine: make it 127.0.0.1, or set"
                            + " camel.management.authentication-enabled");
        }
        if (!unsafe.isEmpty()) {
            throw new SettingsException(unsafe);
        }
    }

    /** That other users can enter the data folder. */
    Optional<String> openData(ClaudeSettings settings) {
        Path data = folder.resolve(settings.operation().routes().data());
        boolean isOpen = Files.isDirectory(data) && OTHERS.stream().anyMatch(permission -> has(data, permission));
        return isOpen
                ? Optional.of("claude.data=" + settings.operation().routes().data()
                        + ": every user can enter this folder, which holds costs and prompts. Take the right away: chmod 700 "
                        + settings.operation().routes().data())
                : Optional.empty();
    }

    /** What is allowed in production and needs a look: one line for each. */
    List<String> remarks(ClaudeSettings settings) {
        List<String> remarks = new ArrayList<>();
        if (settings.operation().routes().reload()
                && Files.isDirectory(
                        folder.resolve(settings.operation().routes().folder()))) {
            remarks.add(
                    "claude.routes-reload.enabled=true: route files are loaded while the bundle runs, so a user who can"
                            + " write into claude.routes="
                            + settings.operation().routes().folder()
                            + " can run code. Set it to false");
        }
        settings.upstream().credentials().forEach((name, credential) -> credential
                .tell(new IdentityTokenFiles())
                .filter(file -> has(folder.resolve(file), PosixFilePermission.OTHERS_READ))
                .ifPresent(file -> remarks.add("claude.credentials." + name + ".identity-token-file=" + file
                        + ": every user can read this file")));
        return remarks;
    }

    private void plainSecrets(List<String> unsafe) {
        Path file = folder.resolve("application.properties");
        if (!Files.isRegularFile(file) || !has(file, PosixFilePermission.OTHERS_READ)) {
            return;
        }
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(file)) {
            properties.load(in);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        for (String key : properties.stringPropertyNames()) {
            String value = properties.getProperty(key).trim();
            if (SECRET.matcher(key).matches() && !value.isEmpty() && !value.startsWith("{{")) {
                unsafe.add(key + " stands in plain text in a file that everybody may read: put it into the environment,"
                        + " or take the right to read application.properties away");
            }
        }
    }

    /** The file with the key, for the kinds that have one. A workload's identity token is the platform's to protect. */
    private static final class KeyFiles implements Kinds<Optional<Path>> {
        @Override
        public Optional<Path> apiKey(CredentialSettings.ApiKey credential) {
            return credential.key().file();
        }

        @Override
        public Optional<Path> jwt(CredentialSettings.Jwt credential) {
            return credential.key().file();
        }

        @Override
        public Optional<Path> clientCredentials(CredentialSettings.ClientCredentials credential) {
            return credential.key().file();
        }

        @Override
        public Optional<Path> federation(CredentialSettings.Federation credential) {
            return Optional.empty();
        }
    }

    /** The file with a workload's identity token, whose permissions the platform sets. */
    private static final class IdentityTokenFiles implements Kinds<Optional<Path>> {
        @Override
        public Optional<Path> apiKey(CredentialSettings.ApiKey credential) {
            return Optional.empty();
        }

        @Override
        public Optional<Path> jwt(CredentialSettings.Jwt credential) {
            return Optional.empty();
        }

        @Override
        public Optional<Path> clientCredentials(CredentialSettings.ClientCredentials credential) {
            return Optional.empty();
        }

        @Override
        public Optional<Path> federation(CredentialSettings.Federation credential) {
            return credential.identityToken().file();
        }
    }

    private static boolean has(Path path, PosixFilePermission permission) {
        try {
            return Files.getPosixFilePermissions(path).contains(permission);
        } catch (IOException | UnsupportedOperationException notPosix) {
            return false;
        }
    }
}
