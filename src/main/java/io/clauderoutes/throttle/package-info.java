/** Stage 20. How many requests run at the same time, how many begin, and who is next. */
package io.clauderoutes.throttle;
