package io.clauderoutes.bundle;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.model.ProcessDefinition;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.SetBodyDefinition;
import org.apache.camel.model.ToDefinition;
import org.apache.camel.model.TransformDefinition;

/**
 * The steps that a stage needs: it hands over to the next stage or to a route of the user's own, or ends with a reply as its body, and
 * it gives back what it has taken. A file that was saved before it was complete lacks some.
 */
final class StageSteps {

    /** Where a stage hands over to; any one of them is enough. */
    private static final Map<String, List<String>> NEXT = Map.of(
            "direct:claude", List.of("direct:claude-throttle"),
            "direct:claude-throttle", List.of("direct:claude-cache"),
            "direct:claude-cache", List.of("direct:claude-call"),
            "direct:claude-call", List.of("direct:claude-endpoints", "direct:claude-split"),
            "direct:claude-split", List.of("direct:claude-redact"),
            "direct:claude-redact", List.of("direct:claude-fan-out"));

    /** A step, by the name of its bean, and the step that has to follow it. */
    private static final Map<String, Set<String>> FOLLOWING = Map.of(
            "claudePromptReader", Set.of("claudeRequestEnd"),
            "claudeBatchPromptReader", Set.of("claudeBatchKeeper", "claudeRequestEnd"),
            "claudeToolsOffer", Set.of("claudeToolsCall", "claudeToolsEnd"),
            "claudeMemoryRecall", Set.of("claudeMemoryKeep", "claudeMemoryRelease"),
            "claudeThrottleEnter", Set.of("claudeThrottleLeave"),
            "claudeReplyCacheAnswer", Set.of("claudeReplyCacheLeave"),
            "claudeMessagesDoorOpen", Set.of("claudeMessagesDoorAnswer", "claudeMessagesDoorFail"));

    private static final String LAST = "direct:claude-fan-out";
    private static final String FAN_OUT = "claudeFanOut";

    private StageSteps() {}

    /**
     * What a route lacks, as the end of a sentence.
     *
     * @param entry where it takes messages from
     */
    static Optional<String> missing(RouteDefinition route, String entry) {
        Set<String> uris = uris(route);
        List<String> next = NEXT.getOrDefault(entry, List.of());
        if (!next.isEmpty()
                && next.stream().noneMatch(uris::contains)
                && uris.stream().noneMatch(StageSteps::isOfUser)
                && !endsWithBody(route)) {
            return Optional.of("does not hand over to " + next.get(0));
        }
        Set<String> beans = beans(route);
        if (entry.equals(LAST) && !beans.contains(FAN_OUT)) {
            return Optional.of("has no step " + FAN_OUT);
        }
        return beans.stream()
                .map(bean -> FOLLOWING.getOrDefault(bean, Set.of()))
                .flatMap(Collection::stream)
                .filter(step -> !beans.contains(step))
                .sorted()
                .findFirst()
                .map(step -> "has no step " + step);
    }

    private static boolean isOfUser(String uri) {
        return uri.startsWith("direct:") && !uri.startsWith("direct:claude");
    }

    /** Whether the last step sets the body, which is then the reply. */
    private static boolean endsWithBody(RouteDefinition route) {
        List<ProcessorDefinition<?>> steps = route.getOutputs();
        ProcessorDefinition<?> last = steps.isEmpty() ? null : steps.get(steps.size() - 1);
        return last instanceof SetBodyDefinition || last instanceof TransformDefinition;
    }

    private static Set<String> uris(RouteDefinition route) {
        return ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), ToDefinition.class).stream()
                .map(ToDefinition::getEndpointUri)
                .map(uri -> uri.replaceFirst("\\?.*", ""))
                .collect(Collectors.toSet());
    }

    /** Names of the beans that a route calls as processors. */
    static Set<String> beans(RouteDefinition route) {
        return ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), ProcessDefinition.class).stream()
                .map(ProcessDefinition::getRef)
                .filter(ref -> ref != null)
                .collect(Collectors.toSet());
    }
}
