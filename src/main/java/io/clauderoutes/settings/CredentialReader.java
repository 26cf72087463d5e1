package io.clauderoutes.settings;

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

    static CredentialSettings read(Section section) {
        String kind = section.word("kind", "api-key", "jwt", "client-credentials", "federation");
        CredentialSettings.ApiKey apiKey = apiKey(section, kind.equals("api-key"));
        CredentialSettings.Jwt jwt = jwt(section, kind.equals("jwt"));
        URI tokenUrl = tokenUrl(section, kind.equals("client-credentials") || kind.equals("federation"));
        Duration timeout = section.duration("token-timeout", SettingsReader.SOME);
        CredentialSettings.ClientCredentials client =
                clientCredentials(section, kind.equals("client-credentials"), tokenUrl, timeout);
        CredentialSettings.Federation federation = federation(section, kind.equals("federation"), tokenUrl, timeout);
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

    private static CredentialSettings.ApiKey apiKey(Section section, boolean its) {
        String key = section.text("key");
        if (its) {
            try {
                CredentialSettings.ApiKey.check(key);
            } catch (IllegalArgumentException wrong) {
                section.mistakenSecret("key", wrong.getMessage());
            }
        }
        return new CredentialSettings.ApiKey(
                key(section), section.word("header", "x-api-key", "bearer").equals("bearer"), false);
    }

    private static SecretSettings key(Section section) {
        return new SecretSettings(section.text("key"), section.path("key-file"));
    }

    private static CredentialSettings.Jwt jwt(Section section, boolean its) {
        JwtAlgorithm algorithm = section.word("algorithm", JwtAlgorithm.class, "HS256", "RS256", "ES256");
        mustHaveKey(
                section,
                its,
                algorithm == JwtAlgorithm.HS256 ? "a secret of at least 32 bytes" : "a private key as PEM");
        return new CredentialSettings.Jwt(
                key(section),
                algorithm,
                needed(section, "issuer", its, "who signs, as the endpoint knows us"),
                section.text("subject"),
                section.text("audience"),
                section.text("key-id"),
                section.duration("lifetime", SHORTEST_LIFE));
    }

    private static CredentialSettings.ClientCredentials clientCredentials(
            Section section, boolean its, URI tokenUrl, Duration timeout) {
        mustHaveKey(section, its, "the secret of the client");
        if (its && !section.isTold("token-url")) {
            section.missing("token-url", "the URL where the OAuth2 server gives tokens out");
        }
        return new CredentialSettings.ClientCredentials(
                key(section),
                tokenUrl,
                needed(section, "client-id", its, "the id of the client at the OAuth2 server"),
                section.word("client-authentication", ClientAuthentication.class, "basic", "post"),
                section.text("scope"),
                section.text("audience"),
                timeout);
    }

    private static CredentialSettings.Federation federation(
            Section section, boolean its, URI tokenUrl, Duration timeout) {
        SecretSettings identity =
                new SecretSettings(section.text("identity-token"), section.path("identity-token-file"));
        if (its && identity.isEmpty()) {
            section.missing("identity-token-file", "the file with the workload's identity token (or identity-token)");
        }
        return new CredentialSettings.Federation(
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
            section.mistaken("token-url", "expected https, because a secret is sent there");
        }
        if (its && url.getRawUserInfo() != null) {
            section.mistakenSecret("token-url", "expected a URL without a name or a password in it");
        }
        return url;
    }
}
