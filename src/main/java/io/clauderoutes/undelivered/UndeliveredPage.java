package io.clauderoutes.undelivered;

import io.clauderoutes.server.HttpServerExtension;
import io.vertx.ext.web.RoutingContext;
import java.sql.SQLException;
import java.util.Collection;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code GET /v1/undelivered} on the management server: the list of the replies that a sink did not take. */
public final class UndeliveredPage implements HttpServerExtension {

    private static final Logger LOG = LoggerFactory.getLogger(UndeliveredPage.class);
    private static final String PATH = "/v1/undelivered";

    private final UndeliveredReport report;

    public UndeliveredPage(UndeliveredReport report) {
        this.report = report;
    }

    /** Serves the page where there is a management server. */
    @Override
    public void install(Collection<VertxPlatformHttpRouter> routers) {
        routers.stream().filter(VertxPlatformHttpRouter::isManagementServer).forEach(router -> router.get(PATH)
                .blockingHandler(this::answer, false));
    }

    private void answer(RoutingContext request) {
        try {
            end(request, 200, report.list());
        } catch (SQLException unreadable) {
            LOG.warn("The kept replies cannot be read: {}", unreadable.getMessage());
            end(request, 503, UndeliveredReport.error("the kept replies cannot be read: see the log"));
        }
    }

    private static void end(RoutingContext request, int status, String json) {
        request.response()
                .setStatusCode(status)
                .putHeader("content-type", "application/json")
                .end(json);
    }
}
