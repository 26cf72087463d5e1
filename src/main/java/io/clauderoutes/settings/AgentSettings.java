package io.clauderoutes.settings;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * {@code claude.agent.*}: how requests use tools.
 *
 * @param maxRounds calls of the model that one request may make
 * @param toolTimeout how long a tool may take that has no timeout of its own
 * @param parallelTools how many tools of one request are called side by side
 * @param maxResultBytes how long the result of a tool may be
 * @param headerTools names of tools that a header may give
 */
public record AgentSettings(
        int maxRounds, Duration toolTimeout, int parallelTools, int maxResultBytes, List<Pattern> headerTools) {}
