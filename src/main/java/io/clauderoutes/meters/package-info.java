/** Every meter, with its name, tags and help text. */
package io.clauderoutes.meters;
