package io.clauderoutes.agent.memory;

import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.Postgres;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Histories in a database that several bundles share. */
class MemoryPostgresTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static Postgres postgres;

    @RegisterExtension
    final StubClaude claude = new StubClaude();

    @TempDir
    private Path data;

    private final List<Bundle> bundles = new ArrayList<>();

    @BeforeAll
    static void start() {
        postgres = Postgres.start();
    }

    @AfterAll
    static void stop() {
        if (postgres != null) {
            postgres.close();
        }
    }

    @AfterEach
    void close() {
        bundles.forEach(Bundle::close);
    }

    private Bundle bundle(String url) {
        Bundle bundle = Bundle.calling(claude)
                .with("claude.data", data.resolve("bundle" + bundles.size()).toString())
                .with("claude.cache.enabled", "false")
                .with("claude.ledger.enabled", "true")
                .with("claude.ledger.url", url)
                .with("claude.memory.key", "correct horse battery");
        bundles.add(bundle);
        return bundle;
    }

    private static Map<String, Object> session() {
        return Map.of(ClaudeHeaders.MEMORY, true, ClaudeHeaders.SESSION, "s");
    }

    private JsonNode sent() throws IOException {
        return new ObjectMapper()
                .readTree(claude.prompts().get(claude.prompts().size() - 1))
                .path("messages");
    }

    @Test
    void bundles_share_a_history() throws IOException {
        String url = postgres.database();
        Bundle one = bundle(url);
        Bundle two = bundle(url);
        claude.next(says("Hello."), says("Ada."), says("Yes."));
        one.ask("I am Ada.", session());
        two.ask("Who am I?", session());
        one.ask("Sure?", session());

        assertThat(sent()).hasSize(5);
        assertThat(Files.exists(data.resolve("bundle0/memory.db"))).isFalse();
    }

    @Test
    void turns_of_two_bundles_at_once_are_whole() throws Exception {
        String url = postgres.database();
        Bundle one = bundle(url);
        Bundle two = bundle(url);
        claude.always(says("Yes."));
        List<Future<String>> asked = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            asked.add(one.asking("One " + i, session()));
            asked.add(two.asking("Two " + i, session()));
        }
        for (Future<String> each : asked) {
            each.get();
        }
        one.ask("Last", session());

        assertThat(sent()).hasSize(33);
        for (int i = 0; i < 33; i++) {
            assertThat(sent().path(i).path("role").asText()).isEqualTo(i % 2 == 0 ? "user" : "assistant");
        }
    }

    @Test
    void the_first_turns_of_two_bundles_at_once_are_both_kept() throws Exception {
        String url = postgres.database();
        Bundle one = bundle(url);
        Bundle two = bundle(url);
        CountDownLatch oneMayEnd = new CountDownLatch(1);
        CountDownLatch twoMayEnd = new CountDownLatch(1);
        claude.whenPromptHas("I am Ada.", says("Hello.").waitBefore(oneMayEnd));
        claude.whenPromptHas("I like tea.", says("Good.").waitBefore(twoMayEnd));
        Future<String> first = one.asking("I am Ada.", session());
        Future<String> second = two.asking("I like tea.", session());
        Patience.until(() -> claude.requests().size() == 2, PATIENCE, () -> "both have read an empty history");
        oneMayEnd.countDown();
        first.get();
        twoMayEnd.countDown();
        second.get();
        claude.whenPromptHas("Who am I?", says("Ada."));
        one.ask("Who am I?", session());

        assertThat(sent()).hasSize(5);
    }

    @Test
    void a_database_that_is_down_fails_the_request_before_a_call() {
        String url = postgres.database();
        Bundle one = bundle(url).with("claude.ledger.when-unavailable", "go-on");
        claude.next(says("Hello."));
        one.ask("I am Ada.", session());
        postgres.shutOut(url);
        try {
            assertThat(one.failure("Who?", session()))
                    .isInstanceOf(ClaudeException.Unavailable.class)
                    .hasMessageContaining("history of the session cannot be read");
            assertThat(claude.requests()).hasSize(1);
        } finally {
            postgres.letIn(url);
        }
        claude.next(says("Ada."));
        assertThat(one.ask("Who?", session())).isEqualTo("Ada.");
    }
}
