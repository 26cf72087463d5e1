/** Text from outside, made safe for a log line, a message or a tag. */
package io.clauderoutes.text;
