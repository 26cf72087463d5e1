package io.clauderoutes.component;

import io.clauderoutes.agent.RouteTool;
import io.clauderoutes.agent.RouteTools;
import io.clauderoutes.agent.ToolResult;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.Processor;
import org.apache.camel.ShutdownRunningTask;
import org.apache.camel.Suspendable;
import org.apache.camel.spi.ShutdownAware;
import org.apache.camel.support.DefaultConsumer;

/** The tool of a route is in the catalog while the route runs. */
final class ClaudeToolConsumer extends DefaultConsumer implements ShutdownAware, Suspendable {

    private final ClaudeToolEndpoint endpoint;
    private RouteTools tools;
    private RouteTool tool;

    ClaudeToolConsumer(ClaudeToolEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        if (!SwitchedOff.isFor(endpoint.getCamelContext())) {
            tools = Beans.of(endpoint, "claudeRouteTools", RouteTools.class);
            tool = tools.add(endpoint.options(), this::call);
        }
    }

    @Override
    protected void doStop() throws Exception {
        remove();
        super.doStop();
    }

    @Override
    protected void doSuspend() {
        remove();
    }

    @Override
    protected void doResume() throws Exception {
        doStart();
    }

    private void remove() {
        if (tool != null) {
            tools.remove(tool);
            tool = null;
        }
    }

    /** The exchange stays open until its result is read, because the result may be a stream or a file. */
    private ToolResult call(RouteTool.Filling filling, RouteTool.Reading reading) throws Exception {
        Exchange exchange = createExchange(false);
        exchange.setPattern(ExchangePattern.InOut);
        createUoW(exchange);
        try {
            filling.fill(exchange);
            getProcessor().process(exchange);
            if (exchange.getException() != null) {
                throw exchange.getException();
            }
            return reading.read(exchange);
        } finally {
            doneUoW(exchange);
            releaseExchange(exchange, false);
        }
    }

    /** Requests in flight may call the tool until the context has stopped. */
    @Override
    public boolean deferShutdown(ShutdownRunningTask task) {
        return true;
    }

    @Override
    public int getPendingExchangesSize() {
        return 0;
    }

    @Override
    public void prepareShutdown(boolean suspendOnly, boolean forced) {
        // nothing is prepared
    }
}
