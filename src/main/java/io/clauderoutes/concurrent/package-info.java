/** Waiting: sleeps that a test hands in, and waits that end early. */
package io.clauderoutes.concurrent;
