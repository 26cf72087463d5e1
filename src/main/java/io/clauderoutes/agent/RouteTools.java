package io.clauderoutes.agent;

import io.clauderoutes.message.MessageJson;

/** Makes the tools of routes and keeps them in the catalog while their routes run. */
public final class RouteTools {

    private final ToolCatalog catalog;
    private final ToolContent content;

    /** @param maxResultBytes how long the result of a tool may be */
    public RouteTools(ToolCatalog catalog, MessageJson json, int maxResultBytes) {
        this.catalog = catalog;
        this.content = new ToolContent(json, maxResultBytes);
    }

    /**
     * Adds the tool of a route that starts.
     *
     * @throws IllegalStateException if there is a tool of this name
     */
    public RouteTool add(ToolOptions options, RouteTool.Calls calls) {
        RouteTool tool = new RouteTool(options, calls, content);
        catalog.add(tool);
        return tool;
    }

    /** Removes the tool of a route that stops. */
    public void remove(RouteTool tool) {
        catalog.remove(tool);
    }
}
