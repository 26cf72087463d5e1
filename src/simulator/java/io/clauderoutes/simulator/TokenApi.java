package io.clauderoutes.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URLDecoder;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The two endpoints that give tokens out: the API's exchange for workloads, and an OAuth2 server's grant for clients. */
final class TokenApi {

    private static final String EXCHANGE = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private static final int LONGEST_ASSERTION = 16 * 1024;

    private final TokenRules rules;
    private final TokensGiven given;
    private final JwtCheck jwts;
    private final FaultSource faults;
    private final Till till;

    TokenApi(TokenRules rules, TokensGiven given, JwtCheck jwts, FaultSource faults, Till till) {
        this.rules = rules;
        this.given = given;
        this.jwts = jwts;
        this.faults = faults;
        this.till = till;
    }

    void exchange(Call call) {
        answer(call, this::exchanged);
    }

    void grant(Call call) {
        answer(call, this::granted);
    }

    private void answer(Call call, PathHandler endpoint) {
        Fault fault = faults.next(call.random());
        if (!(fault instanceof Fault.Ok)) {
            till.fault(fault.name());
        }
        if (fault instanceof Fault.Instead instead) {
            instead.choose(new Mishap(call)).run();
            return;
        }
        Duration wait = fault instanceof Fault.Slow slow ? slow.latency() : Duration.ZERO;
        call.wait(wait, () -> {
            try {
                endpoint.answer(call);
            } catch (RefusedCall refused) {
                call.refuse(refused.error());
            }
        });
    }

    private void exchanged(Call call) throws RefusedCall {
        JsonNode asked;
        try {
            asked = Json.read(call.body());
        } catch (IOException noJson) {
            throw new RefusedCall(ErrorReply.invalid("The request body is not valid JSON"));
        }
        if (!asked.path("grant_type").asText().equals(EXCHANGE)) {
            throw new RefusedCall(ErrorReply.invalid("grant_type: is not supported"));
        }
        for (String field : new String[] {"assertion", "federation_rule_id", "organization_id"}) {
            if (asked.path(field).asText().isEmpty()) {
                throw new RefusedCall(ErrorReply.invalid(field + ": Field required"));
            }
        }
        String assertion = asked.path("assertion").asText();
        long left = assertion.length() > LONGEST_ASSERTION ? 0 : jwts.secondsLeft(assertion);
        if (left == 0) {
            throw new RefusedCall(new ErrorReply(401, "Authentication failed"));
        }
        long seconds = Math.min(rules.lifetime().toSeconds(), 2 * left);
        token(call, TokensGiven.EXCHANGED, seconds, "workspace:developer");
    }

    private void granted(Call call) {
        Map<String, String> form = form(new String(call.body(), UTF_8));
        String type = call.header("content-type").orElse("");
        if (!type.startsWith("application/x-www-form-urlencoded")) {
            refuse(call, 400, "invalid_request", "expected application/x-www-form-urlencoded");
        } else if (!"client_credentials".equals(form.get("grant_type"))) {
            refuse(call, 400, "unsupported_grant_type", "expected client_credentials");
        } else if (!isClient(call, form)) {
            refuse(call, 401, "invalid_client", "client authentication failed");
        } else {
            token(call, TokensGiven.GRANTED, rules.lifetime().toSeconds(), form.getOrDefault("scope", ""));
        }
    }

    private boolean isClient(Call call, Map<String, String> form) {
        String id = form.getOrDefault("client_id", "");
        String secret = form.getOrDefault("client_secret", "");
        Optional<String> basic = call.header("authorization").filter(header -> header.startsWith("Basic "));
        if (basic.isPresent()) {
            String pair = new String(Base64.getDecoder().decode(basic.get().substring("Basic ".length())), UTF_8);
            id = decoded(pair.substring(0, Math.max(0, pair.indexOf(':'))));
            secret = decoded(pair.substring(pair.indexOf(':') + 1));
        }
        return rules.clients().isEmpty()
                ? !id.isEmpty()
                : secret.equals(rules.clients().get(id));
    }

    private static Map<String, String> form(String body) {
        Map<String, String> form = new HashMap<>();
        for (String pair : body.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                form.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
            }
        }
        return form;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, UTF_8);
    }

    private void token(Call call, String beginning, long seconds, String scope) {
        String token = given.give(beginning, Duration.ofSeconds(seconds));
        call.json(200, Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("access_token", token);
            json.writeStringField("token_type", "Bearer");
            json.writeNumberField("expires_in", seconds);
            json.writeStringField("scope", scope);
            json.writeEndObject();
        }));
    }

    /** An error as OAuth2 tells it (RFC 6749, section 5.2). */
    private static void refuse(Call call, int status, String error, String description) {
        call.json(status, Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("error", error);
            json.writeStringField("error_description", description);
            json.writeEndObject();
        }));
    }
}
