package io.clauderoutes.server;

import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Optional;

/** What an HTTP request shows of its client: the address, the proxies on the way, and the page that sent it. */
public final class RemoteClient {

    /** Headers that proxies add. */
    private static final List<String> FORWARDED =
            List.of("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via");

    private RemoteClient() {}

    /** The IP address; {@code unknown} after the connection was closed. */
    public static String address(HttpServerRequest request) {
        String address =
                request.remoteAddress() == null ? null : request.remoteAddress().hostAddress();
        return address == null ? "unknown" : address;
    }

    /** Whether the request comes from this machine. A proxy on this machine may have sent it for a client elsewhere. */
    public static boolean isLocal(HttpServerRequest request) {
        String address = address(request);
        return address.startsWith("127.") || address.equals("0:0:0:0:0:0:0:1") || address.equals("::1");
    }

    /** The first header that a proxy has added; empty if the request came through none. */
    public static Optional<String> proxyHeader(HttpServerRequest request) {
        return FORWARDED.stream().filter(request.headers()::contains).findFirst();
    }

    /** Whether a page of the host that the request calls has sent it. */
    public static boolean isOwnPage(HttpServerRequest request) {
        String origin = request.getHeader("origin");
        String host = request.getHeader("host");
        return origin != null
                && host != null
                && (origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host));
    }
}
