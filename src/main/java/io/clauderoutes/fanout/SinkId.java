package io.clauderoutes.fanout;

import org.apache.camel.util.URISupport;

/**
 * How a sink is known.
 *
 * @param key by which a reply is stored for it: its name, or its URI
 * @param shown in messages: its name, or its URI without secrets
 * @param group in meters and health, where the number of values is bounded: its name, or {@code dynamic}
 */
record SinkId(String key, String shown, String group) {

    /** A sink of the settings. */
    static SinkId named(String name) {
        return new SinkId(name, name, name);
    }

    /** A sink that is named by its URI. */
    static SinkId dynamic(String uri) {
        return new SinkId(uri, URISupport.sanitizeUri(uri), "dynamic");
    }
}
