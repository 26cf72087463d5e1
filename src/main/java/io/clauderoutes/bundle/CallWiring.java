package io.clauderoutes.bundle;

import io.clauderoutes.call.CallPorts;
import io.clauderoutes.call.EndpointCalls;
import io.clauderoutes.call.EndpointRoutes;
import io.clauderoutes.call.Endpoints;
import io.clauderoutes.credential.Credentials;
import io.clauderoutes.request.PassThroughApi;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.ReconciliationSettings;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The endpoints with their credentials, and the routes that call them. */
final class CallWiring {

    private final Credentials credentials;
    private final Endpoints endpoints;
    private final PassThroughApi api;
    private final EndpointRoutes routes;

    CallWiring(Wiring wiring, RequestWiring requests, CallPorts ports) {
        ClaudeSettings settings = wiring.settings();
        this.credentials = wiring.closing(new Credentials(
                settings.upstream().credentials(), usedCredentials(settings), requests.meters(), wiring.runtime()));
        this.endpoints = wiring.closing(new Endpoints(
                settings.upstream().endpoints(),
                credentials.all(),
                settings.upstream().call().dnsCache(),
                requests.meters(),
                wiring.runtime()));
        wiring.live(next -> () -> endpoints.use(next.upstream().endpoints()));
        this.api = new EndpointCalls(
                endpoints,
                requests.json(),
                requests.meters(),
                wiring.runtime().clock(),
                wiring.runtime().ticker());
        this.routes = new EndpointRoutes(
                settings.upstream().call(),
                endpoints,
                requests.json(),
                requests.dialect(),
                ports,
                requests.meters(),
                wiring.runtime());
    }

    private static Set<String> usedCredentials(ClaudeSettings settings) {
        return Stream.concat(
                        settings.upstream().endpoints().values().stream()
                                .map(endpoint -> endpoint.api().credential()),
                        settings.operation().ledger().reconciliation().stream().map(ReconciliationSettings::credential))
                .collect(Collectors.toSet());
    }

    Credentials credentials() {
        return credentials;
    }

    Endpoints endpoints() {
        return endpoints;
    }

    /** The API of the endpoints beside the Messages API. */
    PassThroughApi api() {
        return api;
    }

    EndpointRoutes routes() {
        return routes;
    }

    /** Why no call can be made; empty while one can. */
    Optional<String> noEndpoint() {
        return endpoints.isAnyOpen()
                ? Optional.empty()
                : Optional.of("no endpoint takes calls: "
                        + endpoints.state(endpoints.names().get(0)));
    }
}
