package io.clauderoutes.component;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** {@code claude.enabled=false}: the context has no stages, and each prompt fails with the name of the setting. */
public final class SwitchedOff implements Processor {

    /** The setting. */
    public static final String SETTING = "claude.enabled";

    private static final String BEAN = "claudeSwitchedOff";
    private static final int UNAVAILABLE = 503;

    private SwitchedOff() {}

    /** Switches the endpoints of the component off in a context. */
    public static SwitchedOff in(CamelContext context) {
        SwitchedOff off = new SwitchedOff();
        context.getRegistry().bind(BEAN, off);
        return off;
    }

    static boolean isFor(CamelContext context) {
        return context.getRegistry().lookupByName(BEAN) != null;
    }

    @Override
    public void process(Exchange exchange) {
        throw failure();
    }

    static ClaudeException failure() {
        return new ClaudeException.Unavailable(ApiError.ours(
                UNAVAILABLE, "api_error", "Claude Routes is switched off: " + SETTING + "=false. Set it to true"));
    }
}
