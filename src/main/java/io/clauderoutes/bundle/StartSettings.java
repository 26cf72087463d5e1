package io.clauderoutes.bundle;

import io.clauderoutes.component.SwitchedOff;
import io.clauderoutes.settings.CamelSettings;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.Mistakes;
import io.clauderoutes.settings.PropertySources;
import io.clauderoutes.settings.SettingsException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings of a start, and all mistakes in them.
 *
 * @param values as they were read, by name
 * @param settings with stand-ins for values that are mistakes
 * @param mistakes of the settings and of what they refer to
 */
record StartSettings(Map<String, String> values, ClaudeSettings settings, Mistakes mistakes) {

    private static final Logger LOG = LoggerFactory.getLogger(ClaudeBundle.class);
    private static final Set<String> PROFILES = Set.of("dev", "test", "prod");

    /** Reads and checks the settings of a context. */
    static StartSettings read(CamelContext context) {
        Mistakes mistakes = new Mistakes();
        Map<String, String> values = PropertySources.of(context, System.getenv(), System.getProperties(), mistakes);
        ClaudeSettings settings = ClaudeSettings.of(values, mistakes);
        SourceWiring.bindForUris(context, settings);
        mistakes.check(() -> checkProfile(context));
        mistakes.check(() -> checkProduction(context, settings));
        StartCheck.check(context, settings, mistakes);
        List<String> nearMisses = PropertySources.nearMisses(System.getenv());
        if (isStandalone(context)) {
            mistakes.check(() -> PortCheck.check(context));
            StartCheck.checkStandalone(settings, mistakes);
            mistakes.addAll(nearMisses);
        } else {
            nearMisses.forEach(LOG::warn);
        }
        return new StartSettings(values, settings, mistakes);
    }

    /** Ends the start if there are mistakes; those of Camel's settings are in the list of a bundle that runs by itself. */
    void requireNoMistakes(CamelContext context) {
        if (isStandalone(context) && !mistakes.isEmpty()) {
            CamelSettings.check(context, System.getProperties(), mistakes);
        }
        mistakes.end();
    }

    /** Warns of what a production bundle should not have. */
    void warn(CamelContext context) {
        ProductionRules rules = new ProductionRules(Path.of(""));
        if (isProduction(context)) {
            rules.remarks(settings).forEach(remark -> LOG.warn("Profile prod: {}", remark));
        } else if (settings.operation().ledger().enabled()) {
            rules.openData(settings).ifPresent(LOG::warn);
        }
    }

    /** Whether an application has switched the bundle off; other settings do not matter then. */
    static boolean isOff(CamelContext context) {
        return !isStandalone(context)
                && PropertySources.of(context, System.getenv(), System.getProperties(), new Mistakes())
                        .getOrDefault(SwitchedOff.SETTING, "true")
                        .trim()
                        .equals("false");
    }

    /** Whether the bundle is a process of its own. */
    static boolean isStandalone(CamelContext context) {
        return context.getRegistry().lookupByName(ClaudeBundle.STANDALONE) != null;
    }

    private static boolean isProduction(CamelContext context) {
        return "prod".equals(profile(context));
    }

    /** Checks settings by the rules of profile prod, if it is the profile of the context. */
    static void checkProduction(CamelContext context, ClaudeSettings settings) {
        if (isProduction(context)) {
            new ProductionRules(Path.of(""))
                    .check(settings, SimulatedEndpoint.lacksKey(settings), isManagedOpenly(context));
        }
    }

    /** An application can have its own profiles; a bundle that runs by itself has only those of Camel. */
    private static void checkProfile(CamelContext context) {
        String profile = profile(context);
        boolean isKnown = profile == null || profile.isBlank() || PROFILES.contains(profile);
        if (!isKnown && isStandalone(context)) {
            throw new SettingsException(
                    List.of("camel.main.profile=" + profile + " is not a profile: expected dev, test or prod"));
        }
    }

    /** Camel Main tells the context its profile; elsewhere it is a property. */
    private static String profile(CamelContext context) {
        String profile = context.getCamelContextExtension().getProfile();
        return profile != null ? profile : context.resolvePropertyPlaceholders("{{camel.main.profile:}}");
    }

    private static boolean isManagedOpenly(CamelContext context) {
        String host = management(context, "host", "0.0.0.0");
        boolean loopback = host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
        return management(context, "enabled", "false").equals("true")
                && !loopback
                && !management(context, "authentication-enabled", management(context, "authenticationEnabled", "false"))
                        .equals("true");
    }

    private static String management(CamelContext context, String key, String otherwise) {
        return context.resolvePropertyPlaceholders("{{camel.management." + key + ":" + otherwise + "}}");
    }
}
