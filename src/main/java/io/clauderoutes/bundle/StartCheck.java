package io.clauderoutes.bundle;

import io.clauderoutes.agent.memory.Memories;
import io.clauderoutes.agent.template.PromptTemplates;
import io.clauderoutes.cache.Templates;
import io.clauderoutes.call.Endpoints;
import io.clauderoutes.credential.Credentials;
import io.clauderoutes.gateway.Guard;
import io.clauderoutes.gateway.ServerCertificate;
import io.clauderoutes.ledger.Ledger;
import io.clauderoutes.logging.LogSetup;
import io.clauderoutes.redact.Redactor;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.Mistakes;
import io.clauderoutes.settings.OptionalLibrary;
import java.util.ServiceLoader;
import org.apache.camel.CamelContext;

/** Finds what is wrong with the files, URIs and expressions that settings name, before anything is opened. */
final class StartCheck {

    private StartCheck() {}

    /** Adds all mistakes of a start. A setting that is mistaken itself has a stand-in here, which is right. */
    static void check(CamelContext context, ClaudeSettings settings, Mistakes mistakes) {
        mistakes.check(() -> Redactor.check(settings.delivery().redact()));
        mistakes.check(() -> Credentials.check(settings.upstream().credentials()));
        mistakes.check(() -> Endpoints.check(settings.upstream().endpoints()));
        mistakes.check(() -> OptionalLibrary.check(context, settings));
        if (OptionalLibrary.HTTP_SERVER.isPresent()) {
            checkGateway(settings, mistakes);
        }
        if (settings.operation().ledger().enabled()) {
            settings.operation().ledger().prices().ifPresent(file -> mistakes.check(() -> Ledger.checkPrices(file)));
        }
        settings.admission().cache().templates().ifPresent(file -> mistakes.check(() -> Templates.check(file)));
        mistakes.check(() -> UriCheck.check(context, settings));
        OutputWiring.check(context, settings, mistakes);
        CheckWiring.check(context, settings, mistakes);
        mistakes.check(() -> Memories.check(settings.agents().memory().key()));
        mistakes.check(() -> PromptTemplates.check(settings));
    }

    private static void checkGateway(ClaudeSettings settings, Mistakes mistakes) {
        mistakes.check(() -> Guard.check(settings.servers().gateway()));
        settings.servers().gateway().tls().certificate().ifPresent(certificate -> settings.servers()
                .gateway()
                .tls()
                .privateKey()
                .ifPresent(key -> mistakes.check(() -> ServerCertificate.of(certificate, key))));
        ServiceLoader.load(ApiSimulator.class, ApiSimulator.class.getClassLoader())
                .findFirst()
                .ifPresent(simulator -> mistakes.check(
                        () -> simulator.check(settings.operation().simulator())));
    }

    /** What a process of its own needs besides. */
    static void checkStandalone(ClaudeSettings settings, Mistakes mistakes) {
        if (!settings.operation().routes().enabled()) {
            mistakes.add(
                    "claude.enabled=false: only a Camel application can switch the bundle off. Remove the setting");
        }
        settings.operation().log().file().ifPresent(file -> LogSetup.trouble(file)
                .ifPresent(reason -> mistakes.add("claude.log.file=" + file + ": " + reason)));
        mistakes.check(() -> DataCheck.check(settings));
    }
}
