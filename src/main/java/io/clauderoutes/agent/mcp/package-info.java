/** Servers of the Model Context Protocol: their tools in requests, and the routes of tools offered to other programs. */
package io.clauderoutes.agent.mcp;
