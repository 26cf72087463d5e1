/**
 * How the parts are put together and started: lifecycle, beans, route files, live settings, checks of a start, health. No other
 * package but {@code cli} depends on it.
 */
package io.clauderoutes.bundle;
