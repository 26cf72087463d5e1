package io.clauderoutes.settings;

/** By what the endpoint of a request is chosen among those that are in. */
public enum EndpointOrder {
    NEAREST,
    PRIORITY,
    WEIGHT
}
