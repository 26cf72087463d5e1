/** Values of the Claude API and their JSON. No class here depends on Camel or on a stage. */
package io.clauderoutes.message;
