package io.clauderoutes.cli;

import io.clauderoutes.install.BundledLibraries;
import io.clauderoutes.install.Coordinates;
import io.clauderoutes.install.InstallException;
import io.clauderoutes.install.Installation;
import io.clauderoutes.settings.InstallSettings;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** {@code install} on the command line: puts connectors of a Maven repository into {@code plugins/}. */
final class InstallCommand {

    private static final int FAILED = 1;
    private static final int BAD_ARGUMENTS = 2;
    private static final String REPOSITORY = "--repository=";
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final String HELP = """
            Usage: java -jar claude-routes.jar install [--name ...] CONNECTOR ...

            Puts connectors into plugins/ beside the jar, with the libraries that they need and the bundle does not have.
            The next start has their components. Remove a connector: delete its folder in plugins/.

              camel-jms              a component of Camel, in the version of Camel that the bundle has
              group:artifact:1.0     any library, such as the driver of a database

              --list                 lists what is installed
              --dry-run              says what would be installed
              --repository=URL       a Maven repository: https, or file: with a folder (claude.install.repository)

            claude.install.user and claude.install.password are for a repository with a login. The settings.xml of Maven is not read.
            """;

    private InstallCommand() {}

    /**
     * Runs the command.
     *
     * @param plugins the folder for connectors
     * @return the exit code
     */
    static int run(
            String[] arguments,
            Path plugins,
            BundledLibraries bundled,
            InstallSettings settings,
            PrintStream out,
            PrintStream err) {
        InstallSettings chosen = settings;
        boolean lists = false;
        boolean isRehearsal = false;
        List<Coordinates> connectors = new ArrayList<>();
        for (String argument : arguments) {
            if (argument.equals("--help") || argument.equals("-h")) {
                out.print(HELP);
                return 0;
            }
            try {
                if (argument.equals("--list")) {
                    lists = true;
                } else if (argument.equals("--dry-run")) {
                    isRehearsal = true;
                } else if (argument.startsWith(REPOSITORY)) {
                    chosen = at(argument.substring(REPOSITORY.length()), settings);
                } else if (argument.startsWith("-")) {
                    err.println(argument + ": expected --list, --dry-run, --repository=<URL> or --help");
                    return BAD_ARGUMENTS;
                } else {
                    connectors.add(Coordinates.of(argument, bundled.camelVersion()));
                }
            } catch (IllegalArgumentException mistake) {
                err.println(mistake.getMessage());
                return BAD_ARGUMENTS;
            }
        }
        if (connectors.isEmpty() && !lists) {
            err.print("install: expected the name of a connector\n\n" + HELP);
            return BAD_ARGUMENTS;
        }
        if (!isSafe(chosen.repository())) {
            err.println(chosen.repository()
                    + ": http does not protect jars on their way: use https, or a repository on this machine");
            return BAD_ARGUMENTS;
        }
        try {
            Installation installation = new Installation(plugins, bundled, chosen, out::println);
            for (Coordinates connector : connectors) {
                installation.install(connector, isRehearsal);
            }
            if (lists) {
                installation.list();
            }
            return 0;
        } catch (InstallException failure) {
            err.println("install: " + failure.getMessage());
            return FAILED;
        }
    }

    /** The login belongs to the repository of the settings alone. */
    private static InstallSettings at(String url, InstallSettings settings) {
        URI repository = URI.create(url);
        if (repository.equals(settings.repository())) {
            return settings;
        }
        if (repository.getScheme() == null || !Set.of("https", "http", "file").contains(repository.getScheme())) {
            throw new IllegalArgumentException(
                    REPOSITORY + url + ": expected a URL such as https://repo.example.com/maven2 or file:/srv/maven");
        }
        return new InstallSettings(repository, "", "");
    }

    private static boolean isSafe(URI repository) {
        return !"http".equals(repository.getScheme()) || LOOPBACK.contains(repository.getHost());
    }
}
