package io.clauderoutes.source;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.ChildJvm;
import io.clauderoutes.support.KafkaServer;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.StubClaude;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.camel.component.kafka.KafkaComponent;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Topics of a real Kafka as source and sink, as on the page of the connector. */
@Timeout(400)
@Tag("brokers")
class KafkaTest {

    private static final Duration LIMIT = Duration.ofSeconds(150);
    // A broker gives the partition of a killed consumer to the next after this time.
    private static final String OPTIONS = "&sessionTimeoutMs=1000&heartbeatIntervalMs=300";

    @TempDir
    static Path log;

    private static KafkaServer kafka;

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude).with("claude.call.max-attempts", "1");

    @TempDir
    Path folder;

    @BeforeAll
    static void server() {
        kafka = KafkaServer.start(log);
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @BeforeEach
    void settings() {
        KafkaComponent component = new KafkaComponent();
        component.getConfiguration().setBrokers(kafka.brokers());
        // Also the reply to probes of the endpoint.
        claude.always(says("?"));
        bundle.withBean("kafka", component)
                .with("claude.data", folder.resolve("data").toString())
                .with("claude.sources.*.redelivery-delay", "20ms")
                .with("claude.sources.*.redelivery-delay-max", "100ms");
    }

    private Bundle reading(String name) {
        return bundle.with("claude.sources.prompts.uri", source(name))
                .with("claude.sources.prompts.sinks", "replies")
                .with("claude.sinks.replies.uri", "kafka:" + name + "-replies");
    }

    private static String source(String name) {
        return "kafka:" + name + "?groupId=" + name + "&autoOffsetReset=earliest" + OPTIONS;
    }

    private void waitFor(Patience.Condition condition) {
        Patience.until(condition, LIMIT, () -> claude.prompts().toString());
    }

    @Test
    void prompts_of_a_topic_are_answered_into_another_and_then_committed() {
        kafka.write("a", "a-replies", List.of("How deep?", "How wide?"));
        claude.whenPromptHas("deep", says("Very ", "deep."));
        claude.whenPromptHas("wide", says("Wide."));

        reading("a").context();

        waitFor(() -> kafka.read("a-replies").equals(List.of("Very deep.", "Wide.")));
        waitFor(() -> kafka.committed("a", "a") == 2);
    }

    @Test
    void a_prompt_that_fails_without_dead_letters_comes_again_and_is_not_skipped() {
        kafka.write("b", "b-replies", List.of("How deep?", "How wide?"));
        claude.whenPromptHas("deep", error(500, "api_error"));
        claude.whenPromptHas("wide", says("Wide."));
        reading("b").with("claude.sources.prompts.max-redeliveries", "1").context();

        waitFor(() -> claude.prompts().size() >= 4);
        assertThat(claude.prompts()).allMatch(prompt -> prompt.contains("deep"));
        assertThat(kafka.committed("b", "b")).isZero();
        claude.whenPromptHas("deep", says("Deep."));

        waitFor(() -> kafka.read("b-replies").equals(List.of("Deep.", "Wide.")));
    }

    @Test
    void an_invalid_prompt_goes_to_the_dead_letters_with_its_reason_and_holds_up_no_other() {
        kafka.write("c", "c-replies", List.of("How deep?", "How wide?"));
        claude.whenPromptHas("deep", error(400, "invalid_request_error"));
        claude.whenPromptHas("wide", says("Wide."));

        reading("c").with("claude.sources.prompts.dead-letter", "kafka:c-dead").context();

        waitFor(() -> kafka.read("c-replies").equals(List.of("Wide.")));
        waitFor(() -> kafka.read("c-dead").equals(List.of("How deep?")));
        waitFor(() -> kafka.committed("c", "c") == 2);
    }

    @Test
    void a_source_that_would_skip_records_is_refused() {
        reading("d").with("claude.sources.prompts.uri", source("d") + "&breakOnFirstError=false");

        assertThatThrownBy(bundle::context)
                .hasMessageContaining("claude.sources.prompts.uri")
                .hasMessageContaining("breakOnFirstError");
    }

    @Test
    void a_killed_bundle_loses_no_record_and_calls_for_none_that_was_answered() {
        int prompts = 60;
        int kills = 2;
        List<String> texts =
                IntStream.range(0, prompts).mapToObj(i -> "Sea " + i + "?").collect(Collectors.toList());
        kafka.write("e", "e-replies", texts);
        texts.forEach(text -> claude.whenPromptHas(text, says("Reply to " + text)));

        for (int kill = 1; kill <= kills; kill++) {
            int answered = kill * prompts / (kills + 1);
            try (ChildJvm child = child("e", kill)) {
                Patience.until(() -> kafka.read("e-replies").size() >= answered, LIMIT, child::trouble);
            }
        }
        try (ChildJvm child = child("e", 0)) {
            Patience.until(
                    () -> kafka.committed("e", "e") == prompts,
                    LIMIT,
                    () -> kafka.committed("e", "e") + " committed, "
                            + kafka.read("e-replies").size() + " replies, "
                            + claude.prompts().size() + " calls: " + child.trouble());
        }

        Map<String, Long> calls =
                claude.prompts().stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        List<String> replies = kafka.read("e-replies");
        assertThat(calls).hasSize(prompts);
        assertThat(replies).contains(texts.stream().map("Reply to "::concat).toArray(String[]::new));
        // One thread reads the partition: each kill can meet one record between its call and its mark.
        assertThat(claude.prompts().size()).isBetween(prompts, prompts + kills);
        assertThat(replies.size()).isBetween(prompts, prompts + kills);
    }

    private ChildJvm child(String name, int number) {
        return ChildJvm.start(
                ConnectorChild.class,
                folder.resolve("child-" + number + ".log"),
                claude.url(),
                kafka.brokers(),
                "claude.data=" + folder.resolve("data"),
                "claude.sources.prompts.uri=" + source(name),
                "claude.sources.prompts.sinks=replies",
                "claude.sinks.replies.uri=kafka:" + name + "-replies");
    }
}
