package io.clauderoutes.bundle;

import io.clauderoutes.batch.BatchDelivery;
import io.clauderoutes.batch.BatchIntake;
import io.clauderoutes.batch.BatchPage;
import io.clauderoutes.batch.Batches;
import io.clauderoutes.gateway.batches.BatchGateway;
import io.clauderoutes.gateway.batches.BatchRequests;
import io.clauderoutes.gateway.batches.ClientBatchStore;
import io.clauderoutes.gateway.batches.ClientBatches;
import io.clauderoutes.message.BatchJson;
import io.clauderoutes.request.BatchRecorder;
import io.clauderoutes.request.PassThroughApi;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.source.RequestLimits;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.camel.ProducerTemplate;

/** Batches of prompts of sources, and batches of gateway clients. */
final class BatchWiring {

    private final Wiring wiring;
    private final ClaudeSettings settings;
    private final RequestWiring requests;
    private final PassThroughApi api;
    private final BatchRecorder recorder;
    private final Batches batches;
    private final ClientBatches clientBatches;

    BatchWiring(
            Wiring wiring,
            RequestWiring requests,
            PassThroughApi api,
            BatchRecorder recorder,
            ProducerTemplate template) {
        this.wiring = wiring;
        this.settings = wiring.settings();
        this.requests = requests;
        this.api = api;
        this.recorder = recorder;
        this.clientBatches = clientBatches();
        this.batches = batches(template);
        wiring.bind("claudeBatches", batches);
        wiring.page("claudeBatchPage", () -> new BatchPage(batches.report()));
        wiring.onStarted(batches::begin);
        wiring.bind(
                "claudeBatchKeeper",
                new BatchIntake(
                        batches,
                        recorder,
                        new BatchJson(requests.json()),
                        settings.prompts().source().headers(),
                        requests.meters()));
    }

    private Batches batches(ProducerTemplate template) {
        Batches made = wiring.closing(new Batches(
                settings,
                api,
                recorder,
                requests.json(),
                new BatchDelivery(template, requests.json(), requests.outcomes()),
                requests.meters(),
                wiring.runtime()));
        made.open();
        return made;
    }

    private ClientBatches clientBatches() {
        ClientBatchStore store = wiring.closing(new ClientBatchStore(
                settings.operation().routes().data(),
                wiring.runtime().threads().single("claude-client-batch-store"),
                wiring.runtime().clock()));
        RequestLimits limits = new RequestLimits(settings.admission().limits(), requests.json());
        wiring.live(next -> () -> limits.use(next.admission().limits()));
        BatchRequests parts = new BatchRequests(
                settings.servers().gateway().defaults().models(),
                limits::check,
                requests.redactor()::redactRequest,
                recorder,
                requests.json());
        wiring.live(next -> () -> parts.use(next.servers().gateway().defaults().models()));
        BatchGateway gateway = new BatchGateway(
                store,
                parts,
                new BatchGateway.Parts(
                        settings.upstream().batch(),
                        settings.delivery().split().maxReplyBytes(),
                        api,
                        recorder,
                        requests.json(),
                        requests.redactor()::redactResult,
                        wiring.runtime()));
        gateway.open();
        long pause = settings.upstream().batch().polling().intervalMax().toMillis();
        wiring.every(
                pause,
                Math.min(pause, settings.upstream().batch().polling().interval().toMillis()),
                "claude-client-batches",
                gateway::round);
        return gateway.clients();
    }

    /** Why prompts for batches cannot be stored; empty while they can. */
    Optional<String> trouble() {
        return batches.trouble();
    }

    /** Prompts of batches by state, and the last batches; nothing if their file cannot be read. */
    Map<String, Object> report() {
        try {
            return batches.report().answer(OptionalLong.empty());
        } catch (SQLException unreadable) {
            return Map.of();
        }
    }

    /** The batches of gateway clients. */
    ClientBatches ofClients() {
        return clientBatches;
    }
}
