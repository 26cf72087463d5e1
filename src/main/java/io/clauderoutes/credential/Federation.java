package io.clauderoutes.credential;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.settings.CredentialSettings;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.message.BasicHeader;

/**
 * Tokens of the API for a workload's own identity token (RFC 7523). There is nothing to keep secret here: the identity token
 * is read anew each time, for whoever wrote it replaces it before it expires.
 */
final class Federation implements TokenSource {

    /** What calls with such a token have to name in {@code anthropic-beta}. */
    static final String BETA = "oauth-2025-04-20";

    private static final String EXCHANGE_BETA = BETA + ",oidc-federation-2026-04-01";
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private static final Pattern JWT = Pattern.compile("[\\w-]+\\.[\\w-]+\\.[\\w-]+");
    private static final int LONGEST = 16 * 1024;

    private final String name;
    private final CredentialSettings.Federation settings;
    private final TokenEndpoint endpoint;
    private final ServerClock clock;
    private final ObjectMapper json = new ObjectMapper();

    Federation(String name, CredentialSettings.Federation settings, TokenEndpoint endpoint, ServerClock clock) {
        this.name = name;
        this.settings = settings;
        this.endpoint = endpoint;
        this.clock = clock;
    }

    @Override
    public Issued issue() {
        String assertion = identity();
        ObjectNode body = json.createObjectNode()
                .put("grant_type", GRANT)
                .put("assertion", assertion)
                .put("federation_rule_id", settings.rule())
                .put("organization_id", settings.organization());
        if (!settings.serviceAccount().isEmpty()) {
            body.put("service_account_id", settings.serviceAccount());
        }
        if (!settings.workspace().isEmpty()) {
            body.put("workspace_id", settings.workspace());
        }
        return endpoint.ask(
                new ByteArrayEntity(bytes(body), ContentType.APPLICATION_JSON),
                List.of(new BasicHeader("anthropic-beta", EXCHANGE_BETA)),
                List.of(assertion));
    }

    private byte[] bytes(ObjectNode body) {
        try {
            return json.writeValueAsBytes(body);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a request of texts is JSON", impossible);
        }
    }

    private String identity() {
        String setting = "claude.credentials." + name + ".identity-token";
        String token = settings.identityToken().text();
        if (settings.identityToken().file().isPresent()) {
            setting += "-file=" + settings.identityToken().file().get();
            try {
                token = SecretFile.read(settings.identityToken().file().get());
            } catch (IOException unreadable) {
                throw unusable(setting + ": " + SecretFile.reason(unreadable));
            }
        }
        if (!JWT.matcher(token).matches()) {
            throw unusable(setting + ": expected an identity token, which is a JWT of three parts");
        }
        if (token.length() > LONGEST) {
            throw unusable(
                    setting + ": the identity token has " + token.length() + " characters, and the API takes 16384");
        }
        return token;
    }

    /** It may be mended, or written to its end, in a moment: that is no refusal. */
    private static ClaudeException unusable(String sentence) {
        return new ClaudeException.Unavailable(ApiError.ours(503, "api_error", sentence));
    }

    @Override
    public void heard(Credential.Answer answer) {
        clock.heard(answer);
    }
}
