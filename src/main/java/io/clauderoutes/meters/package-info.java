/** Every meter, with its name, tags and help text: one class per area. No other package names a meter. */
package io.clauderoutes.meters;
