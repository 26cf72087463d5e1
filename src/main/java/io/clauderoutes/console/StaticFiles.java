package io.clauderoutes.console;

import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** The files of the page, read from the jar once. A browser asks each time whether its copy is still valid. */
public final class StaticFiles implements ConsolePart {

    private static final String FOLDER = "/console/";
    private static final String INDEX = "index.html";
    static final List<String> FILES = List.of(
            INDEX,
            "style.css",
            "theme.js",
            "app.js",
            "view.js",
            "now.js",
            "try.js",
            "spent.js",
            "routes.js",
            "settings.js",
            "icon.svg");
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");
    private static final int NOT_MODIFIED = 304;
    private static final int TAG_BYTES = 16;

    private record Content(String type, Buffer bytes, String tag) {}

    @Override
    public void add(Router router) {
        for (String name : FILES) {
            Content content = read(name);
            String path = name.equals(INDEX) ? "/" : FOLDER + name;
            router.get(path).order(ORDER).handler(context -> send(context, content));
            router.head(path).order(ORDER).handler(context -> send(context, content));
        }
    }

    private static void send(RoutingContext context, Content content) {
        context.response().putHeader("etag", content.tag()).putHeader("cache-control", "no-cache");
        if (content.tag().equals(context.request().getHeader("if-none-match"))) {
            context.response().setStatusCode(NOT_MODIFIED).end();
            return;
        }
        context.response().putHeader("content-type", content.type()).end(content.bytes());
    }

    private static Content read(String name) {
        try (InputStream in = StaticFiles.class.getResourceAsStream(FOLDER + name)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + FOLDER + name);
            }
            byte[] bytes = in.readAllBytes();
            String hash = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, TAG_BYTES);
            String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
            return new Content(type, Buffer.buffer(bytes), '"' + hash + '"');
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
