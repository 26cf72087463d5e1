/** Stage 70. The one place where a reply is pulled: to the requester and to each sink, in chunks or whole. */
package io.clauderoutes.fanout;
