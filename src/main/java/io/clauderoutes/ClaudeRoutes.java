package io.clauderoutes;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.VertxOptions;
import org.apache.camel.main.Main;

/** Runs the bundle by itself. It reads {@code application.properties} and {@code routes/} of the directory it is started in. */
public final class ClaudeRoutes {

    private static final int BAD_SETTINGS = 2;
    /** Requests that the HTTP server can work on at the same time; the limit that counts is claude.throttle.in-flight. */
    private static final int WORKERS = 2000;

    private static final String LOG_SETTINGS = "log4j2.configurationFile";

    private ClaudeRoutes() {}

    public static void main(String... args) throws Exception {
        if (System.getProperty(LOG_SETTINGS) == null) {
            System.setProperty(LOG_SETTINGS, "classpath:io/clauderoutes/log4j2.properties");
        }
        Main main = new Main();
        main.setDefaultPropertyPlaceholderLocation(
                "file:application.properties;optional=true,classpath:" + PropertySources.PACKAGED);
        main.configure().withBasePackageScanEnabled(false);
        main.bind("metricsRegistry", new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        main.bind("claudeVertxOptions", new VertxOptions().setWorkerPoolSize(WORKERS));
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

    private static SettingsException mistakes(Throwable failure) {
        Throwable cause = failure;
        while (cause != null && !(cause instanceof SettingsException)) {
            cause = cause.getCause();
        }
        return (SettingsException) cause;
    }
}
