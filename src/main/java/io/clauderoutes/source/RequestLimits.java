package io.clauderoutes.source;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.Prompt;
import io.clauderoutes.message.RequestFeatures;
import io.clauderoutes.settings.RequestLimitSettings;
import io.clauderoutes.text.Printable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What tenants and keys may ask for ({@code claude.limits}). A request beyond a limit is refused before anything is called. */
public final class RequestLimits {

    private static final int FORBIDDEN = 403;
    private static final String BETA = "anthropic-beta";

    private final MessageJson json;
    private volatile Limits limits;

    /**
     * The limits in effect.
     *
     * @param byName also those that were removed while the bundle ran: a request that was admitted before may name one
     */
    private record Limits(Map<String, RequestLimitSettings> current, Map<String, RequestLimitSettings> byName) {}

    public RequestLimits(Map<String, RequestLimitSettings> limits, MessageJson json) {
        this.limits = new Limits(Map.copyOf(limits), Map.copyOf(limits));
        this.json = json;
    }

    /** Checks by other limits from now on. */
    public void use(Map<String, RequestLimitSettings> others) {
        Map<String, RequestLimitSettings> all = new LinkedHashMap<>(limits.byName());
        all.putAll(others);
        limits = new Limits(Map.copyOf(others), Map.copyOf(all));
    }

    /**
     * Checks a request by the limits of its tenant and of its key.
     *
     * @param named the limits of its key
     * @throws ClaudeException.Unauthorized with status 403, if it is beyond one
     */
    public void check(Prompt prompt, Optional<String> named) {
        Limits now = limits;
        if (now.current().isEmpty() && named.isEmpty()) {
            return;
        }
        Map<String, RequestLimitSettings> its = new LinkedHashMap<>();
        named.ifPresent(name -> its.put(name, now.byName().get(name)));
        now.current().forEach((name, limit) -> {
            if (limit.tenants().contains(prompt.options().tenant())) {
                its.put(name, limit);
            }
        });
        if (!its.isEmpty()) {
            RequestFeatures features = json.features(prompt.request().json().bytes());
            its.forEach((name, limit) -> check(prompt, features, "claude.limits." + name, limit));
        }
    }

    private static void check(Prompt prompt, RequestFeatures features, String name, RequestLimitSettings limit) {
        for (String model : features.models()) {
            if (!isAllowed(limit.models(), model)) {
                throw refused("the model " + Printable.of(model) + " is not one of " + name + ".models");
            }
        }
        atMost(limit.maxTokens(), features.maxTokens(), "max_tokens", name + ".max-tokens");
        atMost(
                limit.maxThinkingTokens(),
                features.thinkingBudget().orElse(0),
                "thinking.budget_tokens",
                name + ".max-thinking-tokens");
        unless(limit.features().tools() || !features.tools().client(), "tools", name + ".tools.enabled=false");
        for (String type : features.tools().server()) {
            if (!isAllowed(limit.features().serverTools(), type)) {
                throw refused("the server tool " + Printable.of(type) + " is not one of " + name + ".server-tools");
            }
        }
        for (String beta : prompt.wireHeaders().getOrDefault(BETA, "").split(",", -1)) {
            if (!beta.isBlank() && !isAllowed(limit.features().betas(), beta.trim())) {
                throw refused("the beta " + Printable.of(beta.trim()) + " is not one of " + name + ".betas");
            }
        }
        unless(
                limit.features().mcpServers() || !features.tools().mcpServers(),
                "mcp_servers",
                name + ".mcp-servers.enabled=false");
        unless(limit.features().containers() || !features.container(), "container", name + ".containers.enabled=false");
        unless(limit.features().files() || !features.files(), "file_id", name + ".files.enabled=false");
    }

    private static boolean isAllowed(List<Pattern> patterns, String value) {
        return patterns.stream().anyMatch(pattern -> pattern.matcher(value).matches());
    }

    private static void atMost(long limit, long asked, String field, String setting) {
        if (limit > 0 && asked > limit) {
            throw refused(field + " is more than " + setting + "=" + limit);
        }
    }

    private static void unless(boolean allowed, String field, String setting) {
        if (!allowed) {
            throw refused(field + " is not allowed: " + setting);
        }
    }

    private static ClaudeException refused(String why) {
        return ClaudeException.of(ApiError.ours(FORBIDDEN, "permission_error", why));
    }
}
