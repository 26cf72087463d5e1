/**
 * The settings {@code claude.*} as one immutable value, their readers and their checks. No class here depends on what uses a setting.
 */
package io.clauderoutes.settings;
