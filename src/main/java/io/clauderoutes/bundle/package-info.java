/** How the parts are put together and started. No stage depends on this package. */
package io.clauderoutes.bundle;
