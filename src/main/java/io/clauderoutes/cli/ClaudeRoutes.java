package io.clauderoutes.cli;

import io.clauderoutes.bundle.BundleThreads;
import io.clauderoutes.bundle.ClaudeBundle;
import io.clauderoutes.bundle.OutOfMemory;
import io.clauderoutes.gateway.GatewayServers;
import io.clauderoutes.install.BundledLibraries;
import io.clauderoutes.ledger.report.UsageCommand;
import io.clauderoutes.logging.LogLevels;
import io.clauderoutes.logging.LogSetup;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.InstallSettings;
import io.clauderoutes.settings.LogSettings;
import io.clauderoutes.settings.PropertySources;
import io.clauderoutes.settings.RedactSettings;
import io.clauderoutes.settings.SettingsException;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.impl.VertxBuilder;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.PropertyBindingException;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;
import org.slf4j.LoggerFactory;

/** Runs the bundle by itself. It reads {@code application.properties} and {@code routes/} of the directory it is started in. */
public final class ClaudeRoutes {

    private static final int FAILED = 1;
    private static final int BAD_SETTINGS = 2;
    private static final int BAD_ARGUMENTS = 2;
    private static final Set<String> HELP_WANTED = Set.of("help", "--help", "-help", "-h");
    private static final String HELP = """
            Usage: java -jar claude-routes.jar [command]

            Without a command it serves until it is stopped (Ctrl-C). It reads application.properties and routes/ of the
            directory it is started in; -Dclaude.x.y=… and the environment variable CLAUDE_X_Y win over the file.

            Commands, each with a --help of its own:
              usage        what was spent
              batches      how batches and their prompts stand
              backup       copies claude.data while the bundle runs
              undelivered  replies that a sink did not take
              redact       what a redaction policy replaces in a text, and why
              install      puts connectors into plugins/, such as camel-jms
              train        makes a file that later starts are faster with (JDK 25 and later)
              --version    prints the version
            """;
    /** Requests that the HTTP server can work on at the same time; the limit that counts is claude.throttle.in-flight. */
    private static final int WORKERS = 2000;

    private ClaudeRoutes() {}

    public static void main(String... args) throws Exception {
        if (BundleThreads.areVirtual()) {
            // Log4j keeps buffers by thread, and a virtual thread lives for one request. It reads these with its first
            // logger.
            preset("log4j2.enableThreadlocals", "false");
            preset("log4j2.enableDirectEncoders", "false");
        }
        prepareLog();
        String command = args.length > 0 ? args[0] : "";
        if (command.equals("--version") || command.equals("-version")) {
            System.out.println("claude-routes " + version());
            return;
        }
        if (command.isEmpty() || (command.startsWith("-") && !HELP_WANTED.contains(command))) {
            System.exit(serve(args));
        }
        System.exit(command(command, Arrays.copyOfRange(args, 1, args.length)));
    }

    private static int command(String name, String... arguments) throws InterruptedException {
        return switch (name) {
            case "usage" ->
                UsageCommand.run(arguments, stores(), LocalDate.now(ZoneOffset.UTC), System.out, System.err);
            case "batches" -> BatchCommand.run(arguments, Path.of(stores().get("claude.data")), System.out, System.err);
            case "backup" -> BackupCommand.run(arguments, dataFiles(), System.out, System.err);
            case "undelivered" ->
                UndeliveredCommand.run(arguments, Path.of(stores().get("claude.data")), System.out, System.err);
            case "redact" -> redact(arguments);
            case "install" -> install(arguments);
            case "train" -> TrainCommand.run(arguments, System.getProperty("java.class.path"), System.out, System.err);
            default -> {
                boolean wanted = HELP_WANTED.contains(name);
                (wanted ? System.out : System.err)
                        .print(wanted ? HELP : name + ": there is no such command\n\n" + HELP);
                yield wanted ? 0 : BAD_ARGUMENTS;
            }
        };
    }

    private static void prepareLog() {
        if (System.getProperty(LogSetup.CONFIGURATION) != null) {
            return;
        }
        LogSettings settings;
        try {
            settings =
                    ClaudeSettings.log(PropertySources.below("claude.log.", System.getenv(), System.getProperties()));
        } catch (SettingsException mistakes) {
            // The start lists them with all others.
            settings = new LogSettings("info", Map.of(), false, Optional.empty(), 1, 1);
        }
        LogSetup.apply(settings, System.getProperties());
        LogLevels.apply(Set.of(), settings);
    }

    private static int redact(String... arguments) {
        try {
            RedactSettings settings = ClaudeSettings.redaction(
                    PropertySources.below("claude.redact.", System.getenv(), System.getProperties()));
            return RedactCommand.run(arguments, settings, System.in, System.out, System.err);
        } catch (SettingsException mistakes) {
            System.err.println(mistakes.getMessage());
            return BAD_SETTINGS;
        }
    }

    private static int install(String... arguments) {
        try {
            InstallSettings settings = ClaudeSettings.install(
                    PropertySources.below("claude.install.", System.getenv(), System.getProperties()));
            Path plugins = Plugins.folder(ClaudeRoutes.class).orElse(Path.of("plugins"));
            return InstallCommand.run(
                    arguments, plugins, BundledLibraries.packaged(), settings, System.out, System.err);
        } catch (SettingsException mistakes) {
            System.err.println(mistakes.getMessage());
            return BAD_SETTINGS;
        }
    }

    /** Runs until it is stopped. */
    private static int serve(String... args) throws Exception {
        TempFolder.use(Path.of(stores().get("claude.data")), System.getProperties());
        ClassLoader plugins = Plugins.loader(ClaudeRoutes.class);
        Thread.currentThread().setContextClassLoader(plugins);
        Main main = new Main();
        main.addMainListener(new MainListenerSupport() {
            @Override
            public void beforeInitialize(BaseMainSupport configured) {
                configured.getCamelContext().setApplicationContextClassLoader(plugins);
            }
        });
        main.setDefaultPropertyPlaceholderLocation(
                "file:application.properties;optional=true,classpath:" + PropertySources.PACKAGED);
        main.configure().withBasePackageScanEnabled(false);
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        ProcessMeters.bindTo(meters);
        main.bind("metricsRegistry", meters);
        main.bind(ClaudeBundle.STANDALONE, true);
        OutOfMemory outOfMemory = new OutOfMemory(System.err, Runtime.getRuntime()::halt);
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            outOfMemory.look(failure);
            LoggerFactory.getLogger(ClaudeRoutes.class).error("Thread {} died", thread.getName(), failure);
        });
        main.bind("claudeOutOfMemory", outOfMemory);
        OutOfMemoryLog.watch(outOfMemory::look);
        Vertx vertx = vertx();
        vertx.exceptionHandler(failure -> {
            outOfMemory.look(failure);
            LoggerFactory.getLogger(ClaudeRoutes.class).error("The HTTP server failed", failure);
        });
        main.bind("claudeVertx", GatewayServers.of(vertx));
        try {
            return main.run(args);
        } catch (Exception failure) {
            SettingsException mistakes = mistakes(failure);
            if (mistakes == null) {
                mistakes = camelMistakes(main);
            }
            if (mistakes == null) {
                System.err.println("Claude Routes cannot start: " + reason(failure));
                LoggerFactory.getLogger(ClaudeRoutes.class).debug("The start failed", failure);
                return FAILED;
            }
            System.err.println("Claude Routes cannot start with these settings:");
            System.err.println(mistakes.getMessage().indent(2));
            return BAD_SETTINGS;
        }
    }

    /** Camel reports one mistake at a time. Null where the settings are right. */
    private static SettingsException camelMistakes(Main main) {
        if (main.getCamelContext() == null) {
            return null;
        }
        try {
            ClaudeBundle.checkAll(main.getCamelContext());
            return null;
        } catch (SettingsException found) {
            return found;
        } catch (RuntimeException cannotBeChecked) {
            LoggerFactory.getLogger(ClaudeRoutes.class).debug("The settings could not be checked", cannotBeChecked);
            return null;
        }
    }

    /** The outermost failure that names a setting of Camel, or else the first cause. */
    private static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && !(cause instanceof PropertyBindingException)) {
            cause = cause.getCause();
        }
        if (cause instanceof PropertyBindingException binding && binding.getOptionKey() != null) {
            return "unknown or invalid setting "
                    + (binding.getOptionPrefix() + "." + binding.getOptionKey()).replace("..", ".");
        }
        return cause.getMessage() == null
                ? cause.toString()
                : cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }

    /** The version in the manifest of the jar; {@code development} for classes that are not in a jar. */
    static String version() {
        return Optional.ofNullable(ClaudeRoutes.class.getPackage().getImplementationVersion())
                .orElse("development");
    }

    private static Map<String, String> stores() {
        return PropertySources.ofStores(System.getenv(), System.getProperties());
    }

    private static BackupCommand.DataFiles dataFiles() {
        Map<String, String> stores = stores();
        String spill = PropertySources.below("claude.ledger.spill-file", System.getenv(), System.getProperties())
                .getOrDefault("claude.ledger.spill-file", "");
        return new BackupCommand.DataFiles(
                Path.of(stores.get("claude.data")),
                spill.isBlank() ? Optional.empty() : Optional.of(Path.of(spill.trim())),
                !stores.get("claude.ledger.url").isBlank());
    }

    private static void preset(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /** What Camel's HTTP server runs on. Requests block, so each has a thread of its own: a virtual one, or one of a pool. */
    private static Vertx vertx() {
        VertxBuilder vertx = new VertxBuilder(new VertxOptions()
                .setWorkerPoolSize(WORKERS)
                // A request may take its time: it has timeouts of its own, and no stack traces are to be logged
                // meanwhile.
                .setMaxWorkerExecuteTime(Long.MAX_VALUE));
        if (BundleThreads.areVirtual()) {
            vertx.executorServiceFactory((threads, size, most) -> BundleThreads.threadPerTask("claude-http"));
        }
        return vertx.init().vertx();
    }

    private static SettingsException mistakes(Throwable failure) {
        Throwable cause = failure;
        while (cause != null && !(cause instanceof SettingsException)) {
            cause = cause.getCause();
        }
        return (SettingsException) cause;
    }
}
