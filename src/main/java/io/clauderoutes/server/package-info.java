/** What the parts of the bundle that extend Camel's HTTP servers share, and the checks of their clients. The gateway and the management pages use it. */
package io.clauderoutes.server;
