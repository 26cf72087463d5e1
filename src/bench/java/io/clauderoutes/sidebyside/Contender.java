package io.clauderoutes.sidebyside;

import java.util.Map;

/**
 * One way from the callers to the upstream.
 *
 * @param name on the command line and in the report
 * @param port on loopback
 * @param headers that it needs besides those of every Claude client
 * @param server whose cost is counted
 * @param unique whether each prompt sent this way is a new one
 * @param jit whether it gets faster while it runs, so that it needs a long warm-up
 */
record Contender(String name, int port, Map<String, String> headers, Server server, boolean unique, boolean jit) {}
