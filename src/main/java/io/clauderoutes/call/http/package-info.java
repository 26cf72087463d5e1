/**
 * One HTTP call: connections, credentials, timeouts, the body that is sent and the response as it comes. Nothing here chooses an endpoint
 * or tries again.
 */
package io.clauderoutes.call.http;
