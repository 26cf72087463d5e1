/** The main class and the commands. Every other package can be used without it. */
package io.clauderoutes.cli;
