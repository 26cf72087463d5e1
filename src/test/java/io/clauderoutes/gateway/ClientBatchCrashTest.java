package io.clauderoutes.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.simulator.BatchRules;
import io.clauderoutes.simulator.Bill;
import io.clauderoutes.simulator.Fault;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.ChildJvm;
import io.clauderoutes.support.Patience;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway is killed while clients create batches, and what its store and its ledger have is held against the simulator's bill. */
class ClientBatchCrashTest {

    private static final int KILLS = Integer.getInteger("client.batch.kills", 4);
    private static final long SEED = Long.getLong("client.batch.seed", 20_261_129L);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MOST_MILLIS = 60;
    private static final int ITEMS = 3;

    @TempDir
    private Path folder;

    @Test
    void no_batch_is_lost_and_each_result_is_counted_once() throws Exception {
        Random random = new Random(SEED);
        SimulatorSettings settings = SimulatorSettings.instant()
                .withRequestsKept(0)
                .withBatches(BatchRules.instant().withDuration(Duration.ofMillis(100)));
        try (Simulator simulator = Simulator.start(settings, Clock.systemUTC())) {
            for (int round = 0; round < KILLS; round++) {
                if (round % 2 == 0) {
                    simulator.nextCreation(new Fault.ResetBeforeHeaders(true));
                }
                killedWhileBatchesAreCreated(simulator, random);
            }
            try (Bundle last = ClientBatchChild.bundle(simulator.url().toString(), folder)) {
                last.context();
                Patience.until(
                        () -> stored("SELECT count(*) FROM batch WHERE state <> 'settled'")
                                .equals(List.of("0")),
                        PATIENCE,
                        () -> stored("SELECT id, state, api_id FROM batch").toString());
            }

            Bill.Batches bill = simulator.bill().batches();
            BookRows books = new BookRows(folder.resolve("data"));
            assertThat(bill.created()).as("batches at the simulator").isGreaterThanOrEqualTo(KILLS);
            assertThat(stored("SELECT count(*) FROM batch WHERE client = 'one'"))
                    .containsExactly(Long.toString(bill.created()));
            assertThat(books.of("SELECT count(*) FROM attempt WHERE state = 'SETTLED'"))
                    .containsExactly(Long.toString(bill.billed()));
            assertThat(books.of("SELECT count(*) FROM attempt WHERE state IN ('INTENT', 'STARTED', 'UNKNOWN')"))
                    .containsExactly("0");
            assertThat(books.of("SELECT sum(input_tokens), sum(output_tokens) FROM attempt"))
                    .containsExactly(bill.tokens().input() + " " + bill.tokens().output());
        }
    }

    private void killedWhileBatchesAreCreated(Simulator simulator, Random random) throws IOException {
        Path door = folder.resolve("door");
        Files.deleteIfExists(door);
        long before = simulator.bill().batches().created();
        CompletableFuture<Void> client;
        try (ChildJvm child = ChildJvm.start(
                ClientBatchChild.class,
                folder.resolve("child.log"),
                simulator.url().toString(),
                folder.toString())) {
            Patience.until(() -> Files.exists(door), PATIENCE, child::trouble);
            URI batches = URI.create(Files.readString(door) + "/v1/messages/batches");
            client = CompletableFuture.runAsync(() -> create(batches));
            Patience.until(() -> simulator.bill().batches().created() > before, PATIENCE, child::trouble);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(MOST_MILLIS)));
        }
        client.join();
    }

    /** Creates batches until nobody serves any more. */
    private static void create(URI batches) {
        StringBuilder items = new StringBuilder();
        for (int i = 0; i < ITEMS; i++) {
            items.append(i == 0 ? "" : ",")
                    .append("{\"custom_id\":\"i")
                    .append(i)
                    .append("\",\"params\":{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":64,\"messages\":"
                            + "[{\"role\":\"user\",\"content\":\"say exactly: one\"}]}}");
        }
        HttpRequest request = HttpRequest.newBuilder(batches)
                .header("x-api-key", "key-one")
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString("{\"requests\":[" + items + "]}"))
                .build();
        HttpClient http = HttpClient.newHttpClient();
        try {
            while (true) {
                http.send(request, BodyHandlers.ofString());
            }
        } catch (IOException killed) {
            // this is how it ends
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    private List<String> stored(String query) {
        return BookRows.of(folder.resolve("data").resolve("client-batches.db"), query);
    }
}
