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
        settings.operation().ledger().reconciliation().ifPresent(this::partiesOfReconciliationAreThere);
        if (!settings.admission().budgets().isEmpty()
                && !settings.operation().ledger().enabled()) {
            reader.mistake("claude.budgets: what was spent is read from the ledger, and claude.ledger.enabled=false");
        }
        passThroughHasOneHost();
        sinksAreThere("claude.fan-out.sinks", settings.delivery().fanOut().sinks());
        settings.prompts()
                .sources()
                .forEach((name, source) -> sinksAreThere(
                        "claude.sources." + name + ".sinks", source.reply().sinks()));
        deadLettersOfSinksAreThere();
        policiesAreThere();
        templatesAreThere();
        limitsAreThere();
        checksAreThere();
        serversOfToolsAreThere(
                "claude.gateway.tools", settings.servers().gateway().defaults().tools());
        serversOfToolsAreThere(
                "claude.gateway.mcp.tools", settings.servers().gateway().mcp().tools());
        settings.servers().gateway().access().keys().forEach((name, key) -> {
            key.requests()
                    .tools()
                    .ifPresent(tools -> serversOfToolsAreThere("claude.gateway.keys." + name + ".tools", tools));
            key.requests()
                    .mcpTools()
                    .ifPresent(tools -> serversOfToolsAreThere("claude.gateway.keys." + name + ".mcp.tools", tools));
        });
        settings.prompts()
                .sources()
                .forEach((name, source) -> serversOfToolsAreThere(
                        "claude.sources." + name + ".tools", source.request().tools()));
    }

    private void serversOfToolsAreThere(String key, List<String> tools) {
        tools.stream()
                .filter(tool -> tool.startsWith(MCP))
                .map(tool -> tool.substring(MCP.length()).replaceFirst("/.*", ""))
                .filter(server -> !settings.agents().mcp().containsKey(server))
                .forEach(server -> reader.mistake(
                        key + ": there is no MCP server " + server + " (claude.mcp." + server + ".url is not set)"));
    }

    private void limitsAreThere() {
        settings.servers().gateway().access().keys().forEach((name, key) -> key.requests()
                .limits()
                .filter(limits -> !settings.admission().limits().containsKey(limits))
                .ifPresent(limits -> reader.mistake("claude.gateway.keys." + name + ".limits=" + limits
                        + ": there is no claude.limits." + limits)));
    }

    private void checksAreThere() {
        checksAreThere("claude.source.checks", settings.prompts().source().checks());
        checksAreThere(
                "claude.gateway.checks", settings.servers().gateway().defaults().checks());
        settings.prompts().sources().forEach((name, source) -> source.reply()
                .checks()
                .ifPresent(checks -> checksAreThere("claude.sources." + name + ".checks", checks)));
        settings.servers().gateway().access().keys().forEach((name, key) -> key.replies()
                .checks()
                .ifPresent(checks -> checksAreThere("claude.gateway.keys." + name + ".checks", checks)));
    }

    private void checksAreThere(String key, List<String> names) {
        names.stream()
                .filter(name -> !settings.agents().checks().containsKey(name))
                .forEach(name -> reader.mistake(key + "=" + name + ": there is no claude.checks." + name));
    }

    private void templatesAreThere() {
        settings.prompts().sources().forEach((name, source) -> source.prompt()
                .template()
                .filter(template -> !settings.prompts().templates().containsKey(template))
                .ifPresent(template -> reader.mistake("claude.sources." + name + ".template=" + template
                        + ": there is no claude.templates." + template)));
    }

    private void policiesAreThere() {
        settings.prompts().sources().forEach((name, source) -> {
            String key = "claude.sources." + name + ".redact-policy";
            source.reply().redactPolicy().ifPresent(policy -> policyIsThere(key, policy));
        });
        settings.servers().gateway().access().keys().forEach((name, key) -> key.replies()
                .redactPolicy()
                .ifPresent(policy -> policyIsThere("claude.gateway.keys." + name + ".redact-policy", policy)));
    }

    private void policyIsThere(String key, String policy) {
        if (!settings.delivery().redact().policies().containsKey(policy)) {
            reader.mistake(key + "=" + policy + ": there is no claude.redact.policies." + policy);
        }
    }

    private void endpointsAreThere() {
        int endpoints = settings.upstream().endpoints().size();
        if (endpoints == 0) {
            reader.mistake("claude.endpoints.<name>.url is missing: expected at least one endpoint");
        }
        if (endpoints > MOST_ENDPOINTS) {
            reader.mistake("claude.endpoints: expected at most " + MOST_ENDPOINTS + " endpoints, found " + endpoints);
        }
    }

    private void credentialsOfEndpointsAreThere() {
        settings.upstream()
                .endpoints()
                .forEach((name, endpoint) -> credentialIsThere(
                        "claude.endpoints." + name + ".credential",
                        endpoint.api().credential()));
    }

    private void credentialIsThere(String key, String credential) {
        if (!settings.upstream().credentials().containsKey(credential)) {
            reader.mistake(key + "=" + credential + ": there is no claude.credentials." + credential + ".kind");
        }
    }

    private void partiesOfReconciliationAreThere(ReconciliationSettings its) {
        credentialIsThere("claude.ledger.reconciliation.credential", its.credential());
        if (!settings.upstream().endpoints().containsKey(its.endpoint())) {
            reader.mistake("claude.ledger.reconciliation.endpoint=" + its.endpoint() + ": there is no claude.endpoints."
                    + its.endpoint() + ".url");
        }
    }

    /** A caller shows its credential to one owner of endpoints, and the next one in line must not get it. */
    private void passThroughHasOneHost() {
        Map<String, EndpointSettings> endpoints = settings.upstream().endpoints();
        long hosts = endpoints.values().stream()
                .map(endpoint -> endpoint.url().getHost().toLowerCase(Locale.ROOT))
                .distinct()
                .count();
        if (settings.servers().gateway().access().passThrough() && hosts > 1) {
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
            if (!settings.delivery().sinks().containsKey(name)) {
                reader.mistake(key + ": there is no sink " + name + " (claude.sinks." + name + ".uri is not set)");
            }
        }
    }

    private void deadLettersOfSinksAreThere() {
        settings.delivery().sinks().forEach((name, sink) -> {
            if (sink.failure().onFailure() == OnSinkFailure.DEAD_LETTER
                    && sink.failure().deadLetter().isEmpty()) {
                reader.mistake("claude.sinks." + name + ".on-failure=dead-letter: claude.sinks." + name
                        + ".dead-letter is missing");
            }
        });
    }
}
