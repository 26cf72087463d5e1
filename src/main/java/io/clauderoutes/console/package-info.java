/**
 * The console: a page on the management server that shows what fails, what is in progress and what was spent, and that sends prompts. It
 * reads the other packages and changes nothing in them.
 */
package io.clauderoutes.console;
