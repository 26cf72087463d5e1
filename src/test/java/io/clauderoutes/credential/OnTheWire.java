package io.clauderoutes.credential;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.simulator.ReceivedRequest;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.simulator.TokenRules;
import io.clauderoutes.support.Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.camel.health.HealthCheck;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A bundle that calls a server which checks what it is shown, and the credentials that it may show. */
abstract class OnTheWire {

    static final String PROMPT = "How deep is the sea?";
    static final String SECRET = "shared-secret-of-thirty-two-bytes";
    static final String MESSAGES = "/v1/messages";
    static final String GRANT = "/oauth2/token";
    static final String EXCHANGE = "/v1/oauth/token";

    @TempDir
    Path folder;

    final List<AutoCloseable> open = new ArrayList<>();
    Simulator simulator;

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    Bundle calling(SimulatorSettings settings, Clock clock) {
        simulator = Simulator.start(settings, clock);
        Bundle bundle = Bundle.calling(simulator)
                .with("claude.cache.enabled", "false")
                .with("claude.redact.enabled", "false")
                .with("claude.throttle.in-flight", "500")
                .with("claude.endpoints.primary.connections", "500");
        open.add(bundle);
        open.add(simulator);
        return bundle;
    }

    Bundle calling(TokenRules rules) {
        return calling(SimulatorSettings.instant().withTokens(rules), Clock.systemUTC());
    }

    Bundle withClient(TokenRules rules) {
        return client(calling(rules));
    }

    Bundle client(Bundle bundle) {
        return bundle.with("claude.credentials.main.kind", "client-credentials")
                .with("claude.credentials.main.client-id", "our client")
                .with("claude.credentials.main.key", SECRET)
                .with("claude.credentials.main.token-url", simulator.url() + GRANT);
    }

    Bundle jwt(Bundle bundle) {
        return bundle.with("claude.credentials.main.kind", "jwt")
                .with("claude.credentials.main.issuer", "our-service")
                .with("claude.credentials.main.key", SECRET);
    }

    Bundle federation(Bundle bundle, String identityToken) throws IOException {
        Files.writeString(folder.resolve("identity"), identityToken);
        return bundle.with("claude.credentials.main.kind", "federation")
                .with("claude.credentials.main.key", "")
                .with("claude.credentials.main.token-url", simulator.url() + EXCHANGE)
                .with("claude.credentials.main.federation-rule", "fdrl_sim")
                .with("claude.credentials.main.organization", "00000000-0000-0000-0000-000000000000")
                .with("claude.credentials.main.service-account", "svac_sim")
                .with(
                        "claude.credentials.main.identity-token-file",
                        folder.resolve("identity").toString());
    }

    /** What a workload's platform would have signed; the simulator looks at its times only. */
    static String identity(String subject) {
        long now = Instant.now().getEpochSecond();
        String claims = "{\"sub\":\"" + subject + "\",\"iat\":" + now + ",\"exp\":" + (now + 3600) + "}";
        Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
        return encoder.encodeToString("{\"alg\":\"RS256\",\"kid\":\"1\"}".getBytes(UTF_8)) + "."
                + encoder.encodeToString(claims.getBytes(UTF_8)) + ".c2lnbmF0dXJl";
    }

    List<ReceivedRequest> requests(String path) {
        return simulator.requests().stream()
                .filter(request -> request.path().equals(path))
                .toList();
    }

    ReceivedRequest last(String path) {
        List<ReceivedRequest> all = requests(path);
        return all.get(all.size() - 1);
    }

    long tokens() {
        return simulator.bill().callsOf(GRANT) + simulator.bill().callsOf(EXCHANGE);
    }

    static HealthCheck.Result health(Bundle bundle) {
        return bundle.context()
                .getRegistry()
                .lookupByNameAndType("claudeHealth", HealthCheck.class)
                .call();
    }

    static String detail(Bundle bundle) {
        return String.valueOf(health(bundle).getDetails().get("credential.main"));
    }
}
