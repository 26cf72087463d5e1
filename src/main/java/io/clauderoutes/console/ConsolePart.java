package io.clauderoutes.console;

import io.vertx.ext.web.Router;

/** A part of the console with paths of its own. */
public interface ConsolePart {

    /** After the access check of the console, and before the handlers of Camel. */
    int ORDER = -7;

    /** Beginning of all paths that serve data. */
    String API = "/console/api/";

    /** Adds its paths to a management server. */
    void add(Router router);
}
