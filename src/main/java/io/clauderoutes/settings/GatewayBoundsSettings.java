package io.clauderoutes.settings;

/** What clients may keep the gateway busy with: connections, and bytes of request bodies in total and per client. */
public record GatewayBoundsSettings(int connections, long requestBytes, long requestBytesPerClient) {}
