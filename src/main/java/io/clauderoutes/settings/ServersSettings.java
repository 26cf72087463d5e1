package io.clauderoutes.settings;

/** Settings of the HTTP servers. */
public record ServersSettings(GatewaySettings gateway, ConsoleSettings console) {}
