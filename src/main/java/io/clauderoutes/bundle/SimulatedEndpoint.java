package io.clauderoutes.bundle;

import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.CredentialSettings;
import io.clauderoutes.settings.EndpointSettings;
import io.clauderoutes.settings.OptionalLibrary;
import io.clauderoutes.settings.SecretSettings;
import io.clauderoutes.settings.SettingsException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The packaged endpoint where no key is set for it: the simulator in its place, or a clear error. */
final class SimulatedEndpoint {

    private static final Logger LOG = LoggerFactory.getLogger(ClaudeBundle.class);
    private static final String PACKAGED = "primary";

    private SimulatedEndpoint() {}

    /** Whether there is nothing to call: the packaged endpoint is unchanged, and no key is set for it. */
    static boolean lacksKey(ClaudeSettings settings) {
        EndpointSettings primary = settings.upstream().endpoints().get(PACKAGED);
        return primary != null
                && !settings.servers().gateway().access().passThrough()
                && primary.url().equals(ClaudeSettings.PACKAGED_URL)
                && settings.upstream().credentials().get(primary.api().credential())
                        instanceof CredentialSettings.ApiKey credential
                && credential.key().isEmpty();
    }

    /** Whether the simulator replies in place of the packaged endpoint. */
    static boolean isNeeded(ClaudeSettings settings) {
        return settings.operation().simulator().enabled() && lacksKey(settings);
    }

    /** The settings with all keys marked without which the API refuses every call. */
    static ClaudeSettings requiringKeys(ClaudeSettings settings) {
        if (settings.servers().gateway().access().passThrough()) {
            return settings;
        }
        Map<String, CredentialSettings> credentials =
                new HashMap<>(settings.upstream().credentials());
        credentials.replaceAll((name, credential) ->
                credential instanceof CredentialSettings.ApiKey key && isOnlyForTheApi(name, settings)
                        ? key.thatIsRequired()
                        : credential);
        return settings.with(settings.upstream().endpoints(), credentials);
    }

    private static boolean isOnlyForTheApi(String credential, ClaudeSettings settings) {
        return settings.upstream().endpoints().values().stream()
                .filter(endpoint -> endpoint.api().credential().equals(credential))
                .allMatch(endpoint -> ClaudeSettings.PACKAGED_URL
                        .getHost()
                        .equals(endpoint.url().getHost()));
    }

    /** Starts the simulator of these settings. */
    static ApiSimulator.Running start(ClaudeSettings settings) {
        if (!OptionalLibrary.HTTP_SERVER.isPresent()) {
            throw new SettingsException(List.of("claude.credentials.main.key has no value: set ANTHROPIC_API_KEY. "
                    + OptionalLibrary.HTTP_SERVER.missingFor("The simulator")));
        }
        ApiSimulator simulator = ServiceLoader.load(ApiSimulator.class, ApiSimulator.class.getClassLoader())
                .findFirst()
                .orElseThrow(
                        () -> new SettingsException(
                                List.of(
                                        "claude.credentials.main.key has no value, and the simulator is not on the class path: set"
                                                + " ANTHROPIC_API_KEY, or add the jar claude-routes-simulator, or set claude.simulator.enabled=false")));
        try {
            ApiSimulator.Running running = simulator.start(settings.operation().simulator());
            LOG.warn(
                    "No API key is set (ANTHROPIC_API_KEY): the simulator at {} replies in place of the API, with"
                            + " generated text",
                    running.url());
            return running;
        } catch (IllegalArgumentException mistake) {
            throw new SettingsException(List.of(mistake.getMessage()));
        }
    }

    /** The settings with the simulator as the packaged endpoint. */
    static ClaudeSettings at(ApiSimulator.Running simulator, ClaudeSettings settings) {
        EndpointSettings primary = settings.upstream().endpoints().get(PACKAGED);
        Map<String, EndpointSettings> endpoints =
                new HashMap<>(settings.upstream().endpoints());
        endpoints.put(PACKAGED, primary.at(simulator.url()));
        Map<String, CredentialSettings> credentials =
                new HashMap<>(settings.upstream().credentials());
        credentials.put(
                primary.api().credential(),
                new CredentialSettings.ApiKey(new SecretSettings("simulated", Optional.empty()), false, false));
        return settings.with(endpoints, credentials);
    }
}
