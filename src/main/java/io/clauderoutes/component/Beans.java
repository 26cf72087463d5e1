package io.clauderoutes.component;

import org.apache.camel.Endpoint;

/** The beans of the bundle that endpoints use. */
final class Beans {

    private Beans() {}

    /** A bean by its name. */
    static <T> T of(Endpoint endpoint, String name, Class<T> type) {
        T bean = endpoint.getCamelContext().getRegistry().lookupByNameAndType(name, type);
        if (bean == null) {
            throw new IllegalStateException(endpoint.getEndpointUri()
                    + " needs Claude Routes in its CamelContext: the context has no bean " + name
                    + ". Start the context before the endpoint is used");
        }
        return bean;
    }
}
