package io.clauderoutes.bundle;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.clauderoutes.agent.template.PromptTemplates;
import io.clauderoutes.cache.ReplyCache;
import io.clauderoutes.cache.Templates;
import io.clauderoutes.request.ReplyPredictions;
import io.clauderoutes.request.Request;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.SourceSettings;
import io.clauderoutes.source.CheckNames;
import io.clauderoutes.source.PromptReader;
import io.clauderoutes.source.SinkNames;
import io.clauderoutes.source.ToolNames;
import io.clauderoutes.split.Splitter;
import io.clauderoutes.split.StrategyChooser;
import io.clauderoutes.stream.ReplyReader;
import io.clauderoutes.throttle.Throttle;
import io.micrometer.core.instrument.binder.cache.CaffeineCacheMetrics;
import org.apache.camel.Processor;

/** The beans of the stages source, throttle, cache and split. The call and the fan-out have wiring classes of their own. */
final class StageWiring {

    private final Wiring wiring;
    private final ClaudeSettings settings;
    private final RequestWiring requests;
    private final OutputWiring output;
    private final PromptTemplates templates;
    private final CheckNames checkNames;
    private final CheckWiring checks;
    private final PromptReader prompts;
    private final Splitter splitter;
    private final Throttle throttle;

    StageWiring(
            Wiring wiring,
            RequestWiring requests,
            OutputWiring output,
            CheckWiring checks,
            ReplyPredictions predictions) {
        this.wiring = wiring;
        this.settings = wiring.settings();
        this.requests = requests;
        this.output = output;
        this.checks = checks;
        this.checkNames = new CheckNames(settings);
        wiring.live(next -> () -> checkNames.use(next));
        this.templates = new PromptTemplates(settings, requests.json());
        wiring.live(templates::prepare);
        this.prompts = promptReader("claudePromptReader", settings.prompts().source(), false);
        promptReader("claudeBatchPromptReader", settings.prompts().source().unstreamed(), true);
        this.throttle = throttle(predictions);
        cache();
        this.splitter = new Splitter(
                new ReplyReader(
                        requests.json(),
                        requests.dialect(),
                        settings.delivery().split().maxEventBytes(),
                        settings.delivery().split().maxReplyBytes()),
                settings.delivery().split().junkFrames(),
                requests.meters(),
                new StrategyChooser(
                        predictions, settings.delivery().split().auto(), this::readsAlong, checks.checks()::holds),
                wiring.runtime());
        wiring.bind("claudeSplitter", splitter);
    }

    private boolean readsAlong(Request request) {
        return request.stream().isPresent()
                || request.prompt().options().delivery().sinks().stream().anyMatch(sink -> settings.delivery()
                        .sinks()
                        .getOrDefault(sink, settings.delivery().fanOut().dynamicSink())
                        .chunks());
    }

    /** Binds the step that completes a reply of a replaced stage. */
    void complete(Processor fanOut) {
        wiring.step(
                "claudeReplyCompletion",
                new ReplyCompletion(
                        splitter, requests.redactor()::redactReply, checks.checks(), output.check(), fanOut));
    }

    private PromptReader promptReader(String name, SourceSettings source, boolean batch) {
        PromptReader reader = new PromptReader(
                source,
                settings.delivery().split().strategy(),
                new PromptReader.Rules(
                        new SinkNames(
                                settings.delivery().sinks().keySet(),
                                settings.delivery().fanOut().dynamicSinks()),
                        new ToolNames(settings.agents().agent().headerTools(), batch),
                        checkNames,
                        settings.admission().limits(),
                        output.schemas()::of,
                        templates),
                requests.json(),
                requests.ids(),
                wiring.runtime().ticker(),
                requests.inProgress());
        wiring.live(next -> () -> reader.use(next.admission().limits()));
        wiring.bind(name, reader);
        return reader;
    }

    /** The share of the permits for requests in flight that are taken. */
    double permitsUsed() {
        return throttle.permitsUsed();
    }

    /** Reads the prompts that go to the stages. */
    PromptReader prompts() {
        return prompts;
    }

    private Throttle throttle(ReplyPredictions predictions) {
        Throttle throttle = new Throttle(
                settings.admission().throttle(),
                settings.upstream().call().deadline(),
                predictions,
                requests.meters(),
                wiring.runtime().ticker());
        wiring.live(next -> () -> throttle.use(next.admission().throttle()));
        wiring.onStopping(throttle::stop);
        wiring.bind("claudeThrottle", throttle);
        wiring.step("claudeThrottleEnter", throttle::enter);
        wiring.step("claudeThrottleLeave", throttle::leave);
        return throttle;
    }

    private void cache() {
        Cache<Object, Object> replies = Caffeine.newBuilder()
                .expireAfterWrite(settings.admission().cache().timeToLive())
                .maximumWeight(settings.admission().cache().maxBytes())
                .weigher(ReplyCache::weigh)
                .executor(Runnable::run)
                .ticker(wiring.runtime().ticker()::getAsLong)
                .recordStats()
                .build();
        CaffeineCacheMetrics.monitor(requests.registry(), replies, "claude-replies");
        wiring.bind("claude-replies", replies);
        ReplyCache cache = new ReplyCache(
                settings.admission().cache().enabled(),
                replies,
                templates(settings),
                requests.json(),
                requests.redactor()::version,
                requests.meters(),
                wiring.runtime().ticker());
        wiring.live(next -> {
            Templates templates = templates(next);
            return () -> cache.use(templates);
        });
        wiring.condition("claudeReplyCacheIsUsed", cache::isUsed);
        wiring.step("claudeReplyCacheAsk", cache::ask);
        wiring.step("claudeReplyCacheAnswer", cache::answer);
        wiring.condition("claudeReplyCacheIsAnswered", cache::isAnswered);
        wiring.condition("claudeReplyCacheIsWorthKeeping", cache::isWorthKeeping);
        wiring.step("claudeReplyCacheLeave", cache::leave);
    }

    private Templates templates(ClaudeSettings its) {
        return Templates.of(its.admission().cache().templates(), requests.json(), requests.dialect());
    }
}
