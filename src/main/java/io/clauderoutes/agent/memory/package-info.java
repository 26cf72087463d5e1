/**
 * Conversation memory: the turns of a session are stored, sent with its next prompt, cut to a window or summed up, encrypted where a key
 * is set, and deleted when they expire.
 */
package io.clauderoutes.agent.memory;
