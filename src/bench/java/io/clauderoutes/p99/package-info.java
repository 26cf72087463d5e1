/** The p99 benchmark: clients against a queue with ten slots, through several ways and with one measure after the other. */
package io.clauderoutes.p99;
