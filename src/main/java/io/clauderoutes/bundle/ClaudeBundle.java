package io.clauderoutes.bundle;

import io.clauderoutes.settings.CamelSettings;
import io.clauderoutes.settings.Mistakes;
import io.clauderoutes.settings.SettingsException;
import io.clauderoutes.source.KameletParameters;
import io.clauderoutes.source.KameletSteps;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.spi.ContextServicePlugin;
import org.apache.camel.spi.RoutesBuilderLoader;
import org.apache.camel.support.service.ServiceHelper;

/**
 * Brings the bundle into any Camel context that has the jar on its class path: Camel finds it as a service. The work begins when the
 * context initialises, because its properties are known only then ({@link BundleLifecycle}).
 */
public final class ClaudeBundle implements ContextServicePlugin {

    /** Name of a bean that is bound where the bundle is a process of its own. */
    public static final String STANDALONE = "claudeStandalone";

    @Override
    public void load(CamelContext context) {
        KameletParameters parameters = new KameletParameters(context);
        addLoader(context, "claudeYamlRoutes", new KameletSteps.Routes());
        addLoader(context, "claudeYamlKamelets", new KameletSteps.Kamelets());
        context.getPropertiesComponent().addPropertiesFunction(parameters);
        context.addLifecycleStrategy(new BundleLifecycle(context, parameters));
    }

    private static void addLoader(CamelContext context, String name, RoutesBuilderLoader loader) {
        CamelContextAware.trySetCamelContext(loader, context);
        ServiceHelper.startService(loader);
        context.getRegistry().bind(name, loader);
    }

    /**
     * Reports all mistakes of a start that failed before the bundle began, those of Camel's settings among them.
     *
     * @throws SettingsException if there are any
     */
    public static void checkAll(CamelContext context) {
        Mistakes mistakes = new Mistakes();
        CamelSettings.check(context, System.getProperties(), mistakes);
        mistakes.check(() -> StartSettings.read(context).mistakes().end());
        mistakes.end();
    }
}
