package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.server.RemoteClient;
import io.clauderoutes.settings.GatewaySettings;
import io.clauderoutes.text.Printable;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where a request comes from: the machine, the name that its client knows this server by, and the page that sent it. Without keys
 * every process of this machine is served, so what a browser or a proxy of this machine sends for others has to be refused.
 */
final class RequestOrigin {

    private static final Pattern LOCAL_ORIGIN =
            Pattern.compile("https?://(localhost|127[.][0-9.]+|\\[::1])(:[0-9]+)?", Pattern.CASE_INSENSITIVE);
    private static final Pattern LOCAL_NAME =
            Pattern.compile("localhost|127[.][0-9]+[.][0-9]+[.][0-9]+|\\[::1]", Pattern.CASE_INSENSITIVE);
    private static final Pattern ADDRESS = Pattern.compile("[0-9]+([.][0-9]+){3}|\\[[0-9a-fA-F:.]+]");
    private static final int LONGEST_PORT = 5;
    private static final String ORIGIN = "origin";
    private static final String FETCH_SITE = "sec-fetch-site";
    private static final Set<String> FOREIGN_SITES = Set.of("cross-site", "same-site");

    private final boolean isLocalOnly;
    private final Set<String> hosts;
    private final List<String> origins;

    RequestOrigin(GatewaySettings settings) {
        this.isLocalOnly =
                settings.access().keys().isEmpty() && !settings.access().passThrough();
        this.hosts = new HashSet<>();
        settings.access().hosts().forEach(host -> hosts.add(host.toLowerCase(Locale.ROOT)));
        this.origins = List.copyOf(settings.access().origins());
    }

    /** @throws ClaudeException.Rejected if the main server does not serve requests from there */
    void check(HttpServerRequest request) {
        if (!hosts.isEmpty()) {
            checkHost(request);
        }
        if (!isLocalOnly) {
            return;
        }
        if (hosts.isEmpty() && !isLocalName(host(request))) {
            throw refused("the host " + Printable.of(host(request))
                    + " is not served: without claude.gateway.keys only localhost and 127.0.0.1 are");
        }
        checkPage(request);
        RemoteClient.proxyHeader(request).ifPresent(header -> {
            throw refused("requests with the header " + header
                    + " come through a proxy and are not served without claude.gateway.keys");
        });
    }

    /** @throws ClaudeException.Rejected if the management server does not serve requests from there */
    void checkManagement(HttpServerRequest request) {
        String host = host(request);
        if (RemoteClient.isLocal(request)
                && !isLocalName(host)
                && !ADDRESS.matcher(host).matches()
                && !hosts.contains(host)) {
            throw refused("the host " + Printable.of(host)
                    + " is not served by the management server: claude.gateway.hosts names others than localhost");
        }
        if (!RemoteClient.isOwnPage(request)) {
            checkPage(request);
        }
    }

    /**
     * Checks the page that opens a WebSocket: one of {@code claude.gateway.cors.origins}, of this machine, or of the host that it
     * calls.
     *
     * @throws ClaudeException.Rejected if it is another
     */
    void checkSocketPage(HttpServerRequest request) {
        String origin = request.getHeader(ORIGIN);
        if (origin == null
                || origins.contains(origin)
                || LOCAL_ORIGIN.matcher(origin).matches()) {
            return;
        }
        if (!RemoteClient.isOwnPage(request)) {
            throw refused("pages of this origin are not served (claude.gateway.cors.origins)");
        }
    }

    private void checkHost(HttpServerRequest request) {
        if (!hosts.contains(host(request))) {
            throw refused("the host " + Printable.of(host(request)) + " is not one of claude.gateway.hosts");
        }
    }

    /** The host that the client asks, in lower case and without a port; empty if it names none. */
    private static String host(HttpServerRequest request) {
        String host = request.getHeader("host");
        return host == null ? "" : withoutPort(host.trim()).toLowerCase(Locale.ROOT);
    }

    private static String withoutPort(String host) {
        int end = host.length();
        while (end > 0 && host.charAt(end - 1) >= '0' && host.charAt(end - 1) <= '9') {
            end--;
        }
        int digits = host.length() - end;
        return digits >= 1 && digits <= LONGEST_PORT && end > 0 && host.charAt(end - 1) == ':'
                ? host.substring(0, end - 1)
                : host;
    }

    private static boolean isLocalName(String host) {
        return host.equals("localhost")
                || host.equals("127.0.0.1")
                || LOCAL_NAME.matcher(host).matches();
    }

    /** Any page in a browser of this machine can send a request here, though it may not read the response. */
    private void checkPage(HttpServerRequest request) {
        String origin = request.getHeader(ORIGIN);
        if (origin != null) {
            if (!origins.contains(origin) && !LOCAL_ORIGIN.matcher(origin).matches()) {
                throw refused("pages of other hosts are not served, for no claude.gateway.keys are set");
            }
            return;
        }
        String site = request.getHeader(FETCH_SITE);
        if (site != null && FOREIGN_SITES.contains(site.toLowerCase(Locale.ROOT))) {
            throw refused(
                    "requests of pages of other hosts (sec-fetch-site) are not served without claude.gateway.keys");
        }
    }

    private static ClaudeException refused(String why) {
        return new ClaudeException.Rejected(ApiError.ours(403, "permission_error", why));
    }
}
