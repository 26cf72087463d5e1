/** Replies that outlive the connection of their client: what a client has missed is sent when it comes back. */
package io.clauderoutes.resume;
