/**
 * What is known of an endpoint: health, circuit breaker, quotas, sessions, and which endpoint a request takes. Nothing here makes a call.
 */
package io.clauderoutes.call.endpoint;
