/**
 * Time and threads: the value that hands them in, sleeps, and waits that end early. Nothing here knows what it is used for.
 */
package io.clauderoutes.concurrent;
