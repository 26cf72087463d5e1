/** Bytes to events to a reply. No class here depends on Camel or on a stage. */
package io.clauderoutes.stream;
