package io.clauderoutes;

import io.clauderoutes.batch.BatchCommand;
import io.clauderoutes.ledger.UsageCommand;
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
import org.apache.camel.main.Main;

/** Runs the bundle by itself. It reads {@code application.properties} and {@code routes/} of the directory it is started in. */
public final class ClaudeRoutes {

    private static final int BAD_SETTINGS = 2;
    /** Requests that the HTTP server can work on at the same time; the limit that counts is claude.throttle.in-flight. */
    private static final int WORKERS = 2000;

    private ClaudeRoutes() {}

    public static void main(String... args) throws Exception {
        preset("log4j2.configurationFile", "classpath:io/clauderoutes/log4j2.properties");
        if (Workers.areVirtual()) {
            // Log4j keeps buffers by thread, and a virtual thread lives for one request.
            preset("log4j2.enableThreadlocals", "false");
            preset("log4j2.enableDirectEncoders", "false");
        }
        String command = args.length > 0 ? args[0] : "";
        String[] rest = Arrays.copyOfRange(args, Math.min(1, args.length), args.length);
        if (command.equals("batches")) {
            System.exit(BatchCommand.run(rest, Path.of(stores().get("claude.data")), System.out, System.err));
        }
        if (command.equals("usage")) {
            System.exit(UsageCommand.run(rest, stores(), LocalDate.now(ZoneOffset.UTC), System.out, System.err));
        }
        Main main = new Main();
        main.setDefaultPropertyPlaceholderLocation(
                "file:application.properties;optional=true,classpath:" + PropertySources.PACKAGED);
        main.configure().withBasePackageScanEnabled(false);
        main.bind("metricsRegistry", new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        main.bind("claudeVertx", vertx());
        try {
            System.exit(main.run(args));
        } catch (Exception failure) {
            SettingsException mistakes = mistakes(failure);
            if (mistakes == null) {
                throw failure;
            }
            System.err.println("Claude Routes cannot start with these settings:");
            System.err.println(mistakes.getMessage().indent(2));
            System.exit(BAD_SETTINGS);
        }
    }

    private static Map<String, String> stores() {
        return PropertySources.ofStores(System.getenv(), System.getProperties());
    }

    private static void preset(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /** What Camel's HTTP server runs on. Requests block, so each has a thread of its own: a virtual one, or one of a pool. */
    private static Vertx vertx() {
        VertxBuilder vertx = new VertxBuilder(new VertxOptions().setWorkerPoolSize(WORKERS));
        if (Workers.areVirtual()) {
            vertx.executorServiceFactory((threads, size, most) -> Workers.perTask("claude-http"));
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
