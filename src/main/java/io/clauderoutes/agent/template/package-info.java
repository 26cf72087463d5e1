/** Prompt templates: files of {@code claude.templates} that are filled with the values of a message. */
package io.clauderoutes.agent.template;
