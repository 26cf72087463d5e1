/** The WebSocket protocol {@code claude-routes.v1} on one connection: frames, messages, their bounds and their order. */
package io.clauderoutes.gateway.websocket;
