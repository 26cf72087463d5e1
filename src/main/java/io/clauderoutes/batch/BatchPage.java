package io.clauderoutes.batch;

import io.clauderoutes.server.HttpServerExtension;
import io.vertx.ext.web.RoutingContext;
import java.sql.SQLException;
import java.util.Collection;
import java.util.OptionalLong;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;

/** {@code GET /v1/batches} on the management server: how batches and their prompts stand; with {@code ?batch=3} its items. */
public final class BatchPage implements HttpServerExtension {

    private static final String PATH = "/v1/batches";

    private final BatchReport report;

    public BatchPage(BatchReport report) {
        this.report = report;
    }

    /** Serves the page where there is a management server. */
    @Override
    public void install(Collection<VertxPlatformHttpRouter> routers) {
        routers.stream().filter(VertxPlatformHttpRouter::isManagementServer).forEach(router -> router.get(PATH)
                .blockingHandler(this::answer, false));
    }

    private void answer(RoutingContext request) {
        String batch = request.queryParams().get("batch");
        if (batch != null && !batch.matches("[0-9]{1,18}")) {
            end(request, 400, BatchText.error("batch=" + batch + ": expected the number of a batch"));
            return;
        }
        try {
            end(
                    request,
                    200,
                    BatchText.of(report.answer(
                            batch == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(batch)))));
        } catch (SQLException unreadable) {
            end(request, 503, BatchText.error("the batches cannot be read: " + unreadable.getMessage()));
        }
    }

    private static void end(RoutingContext request, int status, String json) {
        request.response()
                .setStatusCode(status)
                .putHeader("content-type", "application/json")
                .end(json);
    }
}
