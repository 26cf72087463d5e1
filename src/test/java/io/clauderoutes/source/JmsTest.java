package io.clauderoutes.source;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Broker;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.ChildJvm;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.jms.JmsComponent;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Queues of a real broker as source and sink. */
@Timeout(400)
class JmsTest {

    // A JVM needs long to start on a busy machine.
    private static final Duration CHILD = Duration.ofSeconds(150);

    @RegisterExtension
    static final Broker BROKER = new Broker(4711);

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.calling(claude).with("claude.call.max-attempts", "1");

    @TempDir
    Path folder;

    @BeforeEach
    void queues() {
        bundle.withBean("jms", JmsComponent.jmsComponentAutoAcknowledge(BROKER.connections()))
                .with("claude.data", folder.toString())
                .with("claude.redact.enabled", "false");
    }

    private Exchange received(String queue) {
        return bundle.received("jms:queue:" + queue);
    }

    private void waitFor(Patience.Condition condition) {
        Patience.until(condition, Duration.ofSeconds(60), () -> claude.prompts() + " " + BROKER.messages("g-prompts"));
    }

    @Test
    void a_prompt_from_a_queue_is_answered_into_another() {
        bundle.with("claude.sources.in.uri", "jms:queue:a-prompts")
                .with("claude.sources.in.sinks", "out")
                .with("claude.sinks.out.uri", "jms:queue:a-answers");
        claude.next(says("Very ", "deep."));

        bundle.post("jms:queue:a-prompts", "How deep?", Map.of());

        Exchange answer = received("a-answers");
        assertThat(answer.getMessage().getBody()).isEqualTo("Very deep.");
    }

    @Test
    void chunks_are_messages_in_their_order() {
        bundle.with("claude.sinks.out.uri", "jms:queue:b-chunks").with("claude.sinks.out.chunks", "true");
        claude.next(says("Very ", "deep."));

        bundle.ask("How deep?", Map.of(ClaudeHeaders.SINKS, "out"));

        assertThat(received("b-chunks").getMessage().getBody()).isEqualTo("Very ");
        assertThat(received("b-chunks").getMessage().getBody()).isEqualTo("deep.");
    }

    @Test
    void chunks_have_the_id_of_their_prompt_their_number_and_the_end() {
        bundle.with("claude.sinks.out.uri", "jms:queue:f-chunks").with("claude.sinks.out.chunks", "true");
        claude.next(says("Very ", "deep."));

        bundle.ask("How deep?", Map.of(ClaudeHeaders.SINKS, "out", ClaudeHeaders.SESSION, "s1"));

        Message first = received("f-chunks").getMessage();
        Message second = received("f-chunks").getMessage();
        Message end = received("f-chunks").getMessage();
        assertThat(first.getHeader("ClaudePromptId", String.class)).startsWith("prompt-");
        assertThat(first.getHeader("ClaudeSession")).isEqualTo("s1");
        assertThat(first.getHeader("ClaudeChunk")).isEqualTo(0);
        assertThat(first.getHeader("ClaudeLast")).isEqualTo(false);
        assertThat(second.getHeader("ClaudeChunk")).isEqualTo(1);
        assertThat(end.getHeader("ClaudeChunk")).isEqualTo(2);
        assertThat(end.getHeader("ClaudeLast")).isEqualTo(true);
        assertThat(end.getHeader("ClaudePromptId")).isEqualTo(first.getHeader("ClaudePromptId"));
    }

    @Test
    void a_prompt_that_fails_goes_to_the_dead_letters_with_its_reason() {
        bundle.with("claude.sources.in.uri", "jms:queue:c-prompts")
                .with("claude.sources.in.dead-letter", "jms:queue:c-dead");
        claude.next(error(400, "invalid_request_error"));

        bundle.post("jms:queue:c-prompts", "How deep?", Map.of());

        assertThat(received("c-dead").getMessage().getBody()).isEqualTo("How deep?");
    }

    @Test
    void a_prompt_that_fails_without_dead_letters_is_not_lost() {
        bundle.with("claude.sources.in.uri", "jms:queue:d-prompts?transacted=true")
                .with("claude.sources.in.sinks", "out")
                .with("claude.sinks.out.uri", "jms:queue:d-answers");
        claude.next(error(500, "api_error"), says("Deep."));

        bundle.post("jms:queue:d-prompts", "How deep?", Map.of());

        assertThat(received("d-answers").getMessage().getBody()).isEqualTo("Deep.");
    }

    @Test
    void a_prompt_stays_in_its_queue_until_it_is_answered() {
        bundle.with("claude.sources.in.uri", "jms:queue:g-prompts")
                .with("claude.sources.in.workers", "3")
                .with("claude.sources.in.sinks", "out")
                .with("claude.sinks.out.uri", "jms:queue:g-answers");
        CountDownLatch answer = new CountDownLatch(1);
        claude.always(StubReply.stream().waitFor(answer).start().text("Deep.").stop());

        for (int i = 0; i < 3; i++) {
            bundle.post("jms:queue:g-prompts", "How deep? " + i, Map.of());
        }

        // A consumer may have fetched two.
        waitFor(() -> claude.prompts().size() >= 2);
        assertThat(BROKER.messages("g-prompts")).isEqualTo(3);
        answer.countDown();
        for (int i = 0; i < 3; i++) {
            assertThat(received("g-answers").getMessage().getBody()).isEqualTo("Deep.");
        }
        waitFor(() -> BROKER.messages("g-prompts") == 0);
    }

    @Test
    void a_prompt_that_fails_comes_again_from_a_plain_queue() {
        bundle.with("claude.sources.in.uri", "jms:queue:h-prompts")
                .with("claude.sources.in.sinks", "out")
                .with("claude.sinks.out.uri", "jms:queue:h-answers");
        claude.always(error(400, "invalid_request_error"));

        bundle.post("jms:queue:h-prompts", "How deep?", Map.of());

        waitFor(() -> BROKER.messages("dead") == 1);
        assertThat(BROKER.messages("h-prompts")).isZero();
        assertThat(claude.prompts()).hasSize(1);
    }

    @Test
    void a_source_that_would_lose_messages_is_refused() {
        bundle.with("claude.sources.in.uri", "jms:queue:i-prompts?transacted=false");

        assertThatThrownBy(bundle::context)
                .hasMessageContaining("claude.sources.in.uri: transacted=false loses messages");
    }

    @Test
    @Tag("brokers")
    void a_killed_bundle_loses_no_message_and_calls_only_for_those_in_progress_again() {
        int prompts = 80;
        int kills = 3;
        int workers = 4;
        List<String> texts =
                IntStream.range(0, prompts).mapToObj(i -> "Sea " + i + "?").toList();
        texts.forEach(text -> claude.whenPromptHas(text, says("Reply to " + text)));
        texts.forEach(text -> bundle.post("jms:queue:" + Broker.KILLED, text, Map.of()));

        for (int kill = 1; kill <= kills; kill++) {
            int left = prompts - kill * prompts / (kills + 1);
            try (ChildJvm child = child(workers, kill)) {
                Patience.until(() -> BROKER.messages(Broker.KILLED) <= left, CHILD, child::trouble);
            }
        }
        try (ChildJvm child = child(workers, 0)) {
            Patience.until(() -> BROKER.messages(Broker.KILLED) == 0, CHILD, child::trouble);
        }

        List<String> replies = new ArrayList<>();
        long expected = BROKER.messages("kill-replies");
        while (replies.size() < expected) {
            replies.add(received("kill-replies").getMessage().getBody(String.class));
        }
        assertThat(replies)
                .as("%s calls", claude.prompts().size())
                .contains(texts.stream().map("Reply to "::concat).toArray(String[]::new));
        assertThat(claude.prompts().size()).isBetween(prompts, prompts + kills * workers);
        assertThat(replies.size()).isBetween(prompts, prompts + kills * workers);
    }

    private ChildJvm child(int workers, int number) {
        return ChildJvm.start(
                ConnectorChild.class,
                folder.resolve("child-" + number + ".log"),
                claude.url(),
                BROKER.url(),
                "claude.data=" + folder.resolve("data"),
                "claude.sources.prompts.uri=jms:queue:" + Broker.KILLED,
                "claude.sources.prompts.workers=" + workers,
                "claude.sources.prompts.sinks=replies",
                "claude.sinks.replies.uri=jms:queue:kill-replies");
    }

    @Test
    void who_waits_for_a_reply_gets_the_answer() {
        bundle.with("claude.sources.in.uri", "jms:queue:e-prompts");
        claude.next(says("Deep."));

        Exchange exchange = bundle.sendTo("jms:queue:e-prompts?requestTimeout=60000", "How deep?", Map.of());

        assertThat(exchange.getMessage().getBody()).isEqualTo("Deep.");
    }
}
