package io.clauderoutes.bundle;

import io.clauderoutes.call.Endpoints;
import io.clauderoutes.call.PassThroughCalls;
import io.clauderoutes.component.InputTokenCount;
import io.clauderoutes.component.StreamedCalls;
import io.clauderoutes.source.PromptReader;

/** The beans that endpoints of the component {@code claude:} use beside the stages. */
final class ComponentWiring {

    ComponentWiring(Wiring wiring, RequestWiring requests, PromptReader prompts, Endpoints endpoints) {
        PassThroughCalls calls = new PassThroughCalls(
                endpoints, requests.meters(), wiring.runtime().ticker());
        wiring.bind(
                "claudeStreamedCalls",
                new StreamedCalls(wiring.runtime().threads().perTask("claude-stream")));
        wiring.bind(
                "claudeTokenCount",
                new InputTokenCount(
                        prompts, request -> requests.redactor().passThrough(request, calls::send), requests.json()));
    }
}
