package io.clauderoutes.bundle;

import io.clauderoutes.ledger.Ledger;
import io.clauderoutes.logging.LogSetup;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.source.SourceFiles;
import io.clauderoutes.source.SourceGates;
import io.clauderoutes.source.SourceRoutes;
import io.clauderoutes.store.PrivateFile;
import java.io.File;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.IdempotentRepository;
import org.apache.camel.support.processor.idempotent.FileIdempotentRepository;

/** The routes of {@code claude.sources}, and the gates that pause them in an outage. */
final class SourceWiring {

    private static final String SOURCE_FILES = "claudeSourceFiles";
    private static final int ANSWERED_IN_MEMORY = 100_000;
    private static final long ANSWERED_FILE_BYTES = 32L * 1024 * 1024;

    private final Wiring wiring;
    private final SourceGates gates;
    private final SourceRoutes routes;

    SourceWiring(Wiring wiring, RequestWiring requests, CallWiring calls, LedgerWiring ledger, SinkWiring sinks)
            throws Exception {
        this.wiring = wiring;
        this.gates = new SourceGates(
                new SourceGates.Conditions(
                        calls::noEndpoint,
                        calls.endpoints()::refusedCredential,
                        () -> ledger.ledger().flatMap(Ledger::refusal),
                        sinks::heldBackBy),
                requests.outcomes()::answeredNanos,
                requests.meters(),
                wiring.runtime().clock(),
                wiring.runtime().ticker(),
                wiring.runtime().chance());
        wiring.onStopping(gates::stop);
        wiring.bind("claudeSourceGates", gates);
        this.routes = new SourceRoutes(
                wiring.settings(),
                answered(),
                size -> wiring.runtime().threads().pool("claude-source", size),
                gates,
                wiring.context().getRegistry().lookupByNameAndType(SOURCE_FILES, SourceFiles.class),
                wiring.runtime().sleep(),
                requests.meters());
    }

    /** Binds what the URIs of the settings refer to, so that these can be checked before anything is opened. */
    static void bindForUris(CamelContext context, ClaudeSettings settings) {
        boolean isJson = settings.operation().log().json() && LogSetup.isPackaged(System.getProperties());
        context.getRegistry().bind(SOURCE_FILES, new SourceFiles());
        context.getRegistry().bind("claudeTerminal", SystemRuntime.terminal(isJson));
    }

    private IdempotentRepository answered() throws Exception {
        ClaudeSettings settings = wiring.settings();
        boolean needed = settings.prompts().sources().values().stream()
                .anyMatch(source -> source.intake().idempotent());
        File file = settings.operation().routes().data().resolve("answered.txt").toFile();
        if (!needed) {
            return FileIdempotentRepository.fileIdempotentRepository(file);
        }
        PrivateFile.create(file.toPath());
        FileIdempotentRepository repository = new FileIdempotentRepository();
        repository.setFileStore(file);
        repository.setCacheSize(ANSWERED_IN_MEMORY);
        repository.setMaxFileStoreSize(ANSWERED_FILE_BYTES);
        wiring.context().addService(repository, true, true);
        return repository;
    }

    SourceGates gates() {
        return gates;
    }

    SourceRoutes routes() {
        return routes;
    }
}
