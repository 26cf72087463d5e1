package io.clauderoutes.settings;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What settings say of one another: a name that one uses must be there. */
final class CrossCheck {

    private static final int MOST_ENDPOINTS = 64;
    private static final String MCP = "mcp:";

    private final ClaudeSettings settings;
    private final SettingsReader reader;

    CrossCheck(ClaudeSettings settings, SettingsReader reader) {
        this.settings = settings;
        this.reader = reader;
    }

    /** Tells the reader each name that one setting uses and that no other defines, and what cannot be true together. */
    void run() {
        endpointsAreThere();
        credentialsOfEndpointsAreThere();
        settings.ledger().reconciliation().ifPresent(this::partiesOfReconciliationAreThere);
        if (!settings.budgets().isEmpty() && !settings.ledger().enabled()) {
            reader.mistake("claude.budgets: what was spent is read from the ledger, and claude.ledger.enabled=false");
        }
        passThroughHasOneHost();
        sinksAreThere("claude.fan-out.sinks", settings.fanOut().sinks());
        settings.sources()
                .forEach((name, source) -> sinksAreThere("claude.sources." + name + ".sinks", source.sinks()));
        deadLettersOfSinksAreThere();
        policiesAreThere();
        templatesAreThere();
        limitsAreThere();
        checksAreThere();
        serversOfToolsAreThere("claude.gateway.tools", settings.gateway().tools());
        serversOfToolsAreThere("claude.gateway.mcp.tools", settings.gateway().mcpTools());
        settings.gateway().keys().forEach((name, key) -> {
            key.tools().ifPresent(tools -> serversOfToolsAreThere("claude.gateway.keys." + name + ".tools", tools));
            key.mcpTools()
                    .ifPresent(tools -> serversOfToolsAreThere("claude.gateway.keys." + name + ".mcp.tools", tools));
        });
        settings.sources()
                .forEach((name, source) -> serversOfToolsAreThere("claude.sources." + name + ".tools", source.tools()));
    }

    private void serversOfToolsAreThere(String key, List<String> tools) {
        tools.stream()
                .filter(tool -> tool.startsWith(MCP))
                .map(tool -> tool.substring(MCP.length()).replaceFirst("/.*", ""))
                .filter(server -> !settings.mcp().containsKey(server))
                .forEach(server -> reader.mistake(
                        key + ": there is no MCP server " + server + " (claude.mcp." + server + ".url is not set)"));
    }

    private void limitsAreThere() {
        settings.gateway().keys().forEach((name, key) -> key.limits()
                .filter(limits -> !settings.limits().containsKey(limits))
                .ifPresent(limits -> reader.mistake("claude.gateway.keys." + name + ".limits=" + limits
                        + ": there is no claude.limits." + limits)));
    }

    private void checksAreThere() {
        checksAreThere("claude.source.checks", settings.source().checks());
        checksAreThere("claude.gateway.checks", settings.gateway().checks());
        settings.sources().forEach((name, source) -> source.checks()
                .ifPresent(checks -> checksAreThere("claude.sources." + name + ".checks", checks)));
        settings.gateway().keys().forEach((name, key) -> key.checks()
                .ifPresent(checks -> checksAreThere("claude.gateway.keys." + name + ".checks", checks)));
    }

    private void checksAreThere(String key, List<String> names) {
        names.stream()
                .filter(name -> !settings.checks().containsKey(name))
                .forEach(name -> reader.mistake(key + "=" + name + ": there is no claude.checks." + name));
    }

    private void templatesAreThere() {
        settings.sources().forEach((name, source) -> source.template()
                .filter(template -> !settings.templates().containsKey(template))
                .ifPresent(template -> reader.mistake("claude.sources." + name + ".template=" + template
                        + ": there is no claude.templates." + template)));
    }

    private void policiesAreThere() {
        settings.sources().forEach((name, source) -> {
            String key = "claude.sources." + name + ".redact-policy";
            source.redactPolicy().ifPresent(policy -> policyIsThere(key, policy));
        });
        settings.gateway().keys().forEach((name, key) -> key.redactPolicy()
                .ifPresent(policy -> policyIsThere("claude.gateway.keys." + name + ".redact-policy", policy)));
    }

    private void policyIsThere(String key, String policy) {
        if (!settings.redact().policies().containsKey(policy)) {
            reader.mistake(key + "=" + policy + ": there is no claude.redact.policies." + policy);
        }
    }

    private void endpointsAreThere() {
        int endpoints = settings.endpoints().size();
        if (endpoints == 0) {
            reader.mistake("claude.endpoints.<name>.url is missing: expected at least one endpoint");
        }
        if (endpoints > MOST_ENDPOINTS) {
            reader.mistake("claude.endpoints: expected at most " + MOST_ENDPOINTS + " endpoints, found " + endpoints);
        }
    }

    private void credentialsOfEndpointsAreThere() {
        settings.endpoints()
                .forEach((name, endpoint) ->
                        credentialIsThere("claude.endpoints." + name + ".credential", endpoint.credential()));
    }

    private void credentialIsThere(String key, String credential) {
        if (!settings.credentials().containsKey(credential)) {
            reader.mistake(key + "=" + credential + ": there is no claude.credentials." + credential + ".kind");
        }
    }

    private void partiesOfReconciliationAreThere(ReconciliationSettings its) {
        credentialIsThere("claude.ledger.reconciliation.credential", its.credential());
        if (!settings.endpoints().containsKey(its.endpoint())) {
            reader.mistake("claude.ledger.reconciliation.endpoint=" + its.endpoint() + ": there is no claude.endpoints."
                    + its.endpoint() + ".url");
        }
    }

    /** A caller shows its credential to one owner of endpoints, and the next one in line must not get it. */
    private void passThroughHasOneHost() {
        Map<String, EndpointSettings> endpoints = settings.endpoints();
        long hosts = endpoints.values().stream()
                .map(endpoint -> endpoint.url().getHost().toLowerCase(Locale.ROOT))
                .distinct()
                .count();
        if (settings.gateway().passThrough() && hosts > 1) {
            reader.mistake(
                    "claude.gateway.pass-through.enabled=true: the clients' credentials would go to several hosts, expected one: "
                            + endpoints.entrySet().stream()
                                    .sorted(Map.Entry.comparingByKey())
                                    .map(entry -> "claude.endpoints." + entry.getKey() + ".url is at "
                                            + entry.getValue().url().getHost())
                                    .collect(Collectors.joining(", ")));
        }
    }

    private void sinksAreThere(String key, List<String> names) {
        for (String name : names) {
            if (!settings.sinks().containsKey(name)) {
                reader.mistake(key + ": there is no sink " + name + " (claude.sinks." + name + ".uri is not set)");
            }
        }
    }

    private void deadLettersOfSinksAreThere() {
        settings.sinks().forEach((name, sink) -> {
            if (sink.onFailure() == OnSinkFailure.DEAD_LETTER
                    && sink.deadLetter().isEmpty()) {
                reader.mistake("claude.sinks." + name + ".on-failure=dead-letter: claude.sinks." + name
                        + ".dead-letter is missing");
            }
        });
    }
}
