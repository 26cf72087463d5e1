package io.clauderoutes.settings;

/** The version of HTTP that an endpoint is called by. */
public enum HttpVersion {
    HTTP_1_1,
    HTTP_2
}
