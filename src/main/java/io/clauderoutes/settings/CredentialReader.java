package io.clauderoutes.settings;

import io.clauderoutes.settings.ClaudeSettings.Algorithm;
import io.clauderoutes.settings.ClaudeSettings.ClientAuthentication;
import io.clauderoutes.settings.ClaudeSettings.Credential;
import io.clauderoutes.settings.ClaudeSettings.Secret;
import io.clauderoutes.settings.SettingsReader.Section;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Reads {@code claude.credentials.<name>}: which settings there are depends on the kind. */
final class CredentialReader {

    private static final Duration SHORTEST_LIFE = Duration.ofSeconds(1);
    private static final Map<String, List<String>> OF_KIND = Map.of(
            "jwt", List.of("algorithm", "issuer", "subject", "key-id", "lifetime"),
            "client-credentials", List.of("client-id", "client-authentication", "scope"),
            "federation",
                    List.of(
                            "federation-rule",
                            "organization",
                            "service-account",
                            "workspace",
                            "identity-token",
                            "identity-token-file"));

    private CredentialReader() {}

    static Credential read(Section section) {
        String kind = section.word("kind", "api-key", "jwt", "client-credentials", "federation");
        Credential.ApiKey apiKey = apiKey(section, kind.equals("api-key"));
        Credential.Jwt jwt = jwt(section, kind.equals("jwt"));
        URI tokenUrl = tokenUrl(section, kind.equals("client-credentials") || kind.equals("federation"));
        Duration timeout = section.duration("token-timeout", SettingsReader.SOME);
        Credential.ClientCredentials client =
                clientCredentials(section, kind.equals("client-credentials"), tokenUrl, timeout);
        Credential.Federation federation = federation(section, kind.equals("federation"), tokenUrl, timeout);
        OF_KIND.forEach((other, settings) -> {
            if (!other.equals(kind)) {
                settings.stream()
                        .filter(section::isTold)
                        .forEach(what ->
                                section.mistakenSecret(what, "it is for kind=" + other + ", and the kind is " + kind));
            }
        });
        return switch (kind) {
            case "jwt" -> jwt;
            case "client-credentials" -> client;
            case "federation" -> federation;
            default -> apiKey;
        };
    }

    private static Credential.ApiKey apiKey(Section section, boolean its) {
        String key = section.text("key");
        if (its) {
            try {
                Credential.ApiKey.check(key);
            } catch (IllegalArgumentException wrong) {
                section.mistakenSecret("key", wrong.getMessage());
            }
        }
        return new Credential.ApiKey(
                key(section), section.word("header", "x-api-key", "bearer").equals("bearer"));
    }

    private static Secret key(Section section) {
        return new Secret(section.text("key"), section.path("key-file"));
    }

    private static Credential.Jwt jwt(Section section, boolean its) {
        Algorithm algorithm = section.word("algorithm", Algorithm.class, "HS256", "RS256", "ES256");
        mustHaveKey(
                section, its, algorithm == Algorithm.HS256 ? "a secret of at least 32 bytes" : "a private key as PEM");
        return new Credential.Jwt(
                key(section),
                algorithm,
                needed(section, "issuer", its, "who signs, as the endpoint knows us"),
                section.text("subject"),
                section.text("audience"),
                section.text("key-id"),
                section.duration("lifetime", SHORTEST_LIFE));
    }

    private static Credential.ClientCredentials clientCredentials(
            Section section, boolean its, URI tokenUrl, Duration timeout) {
        mustHaveKey(section, its, "the secret of the client");
        if (its && !section.isTold("token-url")) {
            section.missing("token-url", "the URL where the OAuth2 server gives tokens out");
        }
        return new Credential.ClientCredentials(
                key(section),
                tokenUrl,
                needed(section, "client-id", its, "the id of the client at the OAuth2 server"),
                section.word("client-authentication", ClientAuthentication.class, "basic", "post"),
                section.text("scope"),
                section.text("audience"),
                timeout);
    }

    private static Credential.Federation federation(Section section, boolean its, URI tokenUrl, Duration timeout) {
        Secret identity = new Secret(section.text("identity-token"), section.path("identity-token-file"));
        if (its && identity.isEmpty()) {
            section.missing("identity-token-file", "the file with the workload's identity token (or identity-token)");
        }
        return new Credential.Federation(
                identity,
                tokenUrl,
                needed(section, "federation-rule", its, "the id of the federation rule, such as fdrl_…"),
                needed(section, "organization", its, "the id of the organization"),
                section.text("service-account"),
                section.text("workspace"),
                timeout);
    }

    private static String needed(Section section, String what, boolean its, String expected) {
        return its ? section.required(what, expected) : section.text(what);
    }

    private static void mustHaveKey(Section section, boolean its, String expected) {
        if (its && key(section).isEmpty()) {
            section.missing("key", expected + " (or a file that holds it, with key-file)");
        }
    }

    /** What is sent there is a secret, so it goes encrypted or stays on this machine. */
    private static URI tokenUrl(Section section, boolean its) {
        URI url = section.url("token-url");
        String host = url.getHost();
        boolean here = host.equals("localhost") || host.equals("[::1]") || host.startsWith("127.");
        if (its && !url.getScheme().equals("https") && !here) {
            section.mistaken("token-url", "expected https, for a secret is sent there");
        }
        if (its && url.getRawUserInfo() != null) {
            section.mistakenSecret("token-url", "expected a URL without a name or a password in it");
        }
        return url;
    }
}
