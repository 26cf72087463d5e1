/**
 * Connectors of a standalone bundle: libraries of a Maven repository in the folder {@code plugins/}, without those that the bundle has.
 * Nothing here is used while the bundle serves.
 */
package io.clauderoutes.install;
