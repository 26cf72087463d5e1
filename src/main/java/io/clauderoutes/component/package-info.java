/**
 * The Camel component {@code claude:}. Its endpoints hand a message to the stages and give back the reply; no stage is
 * implemented here.
 */
package io.clauderoutes.component;
