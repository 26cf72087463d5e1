/**
 * The HTTP servers: one guard before each request, the paths of the API, and responses as they come. It calls the stages by their routes.
 */
package io.clauderoutes.gateway;
