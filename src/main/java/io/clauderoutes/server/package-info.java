/** What the parts of the bundle that extend Camel's HTTP servers share. The gateway and the management pages use it. */
package io.clauderoutes.server;
