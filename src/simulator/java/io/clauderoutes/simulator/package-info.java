/**
 * A server on loopback that replies like the Claude API: a test double, and what a bundle without a key calls. It shares no code
 * with the bundle, so that both do not have the same mistake; only {@link BundleSimulator} knows the bundle.
 */
package io.clauderoutes.simulator;
