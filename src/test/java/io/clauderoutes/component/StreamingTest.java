package io.clauderoutes.component;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Reply;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import io.clauderoutes.support.StubReply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.Exchange;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code claude:messages?streaming=true}: the chunks of a reply in a route, and what ends the call. */
@Timeout(60)
class StreamingTest {

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude);

    private final List<String> seen = Collections.synchronizedList(new ArrayList<>());

    private void route(RoutesBuilder routes) throws Exception {
        bundle.context().addRoutes(routes);
    }

    private void split(String uri) throws Exception {
        route(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:mine")
                        .to(uri)
                        .split(body())
                        .streaming()
                        .process(exchange -> seen.add(exchange.getMessage().getBody(String.class)
                                + (exchange.getProperty(Exchange.SPLIT_COMPLETE, Boolean.class) ? "|" : "")));
            }
        });
    }

    private Exchange send() {
        return bundle.sendTo("direct:mine", "How deep?", Map.of("mine", 1));
    }

    @Test
    void a_split_gets_each_chunk_and_an_empty_last_one() throws Exception {
        split("claude:messages?streaming=true");
        claude.next(says("Deep ", "as the ", "sea."));

        assertThat(send().getException()).isNull();

        assertThat(seen).containsExactly("Deep ", "as the ", "sea.", "|");
    }

    @Test
    void a_chunk_is_handled_before_the_next_one_has_come() throws Exception {
        split("claude:messages?streaming=true");
        CountDownLatch handled = new CountDownLatch(1);
        claude.next(stream().start().text("Deep ").waitFor(handled).text("sea.").stop());

        Future<Exchange> sent = bundle.inBackground(this::send);
        Bundle.until(() -> seen.size() == 1);
        handled.countDown();

        assertThat(sent.get(30, TimeUnit.SECONDS).getException()).isNull();
        assertThat(seen).containsExactly("Deep ", "sea.", "|");
    }

    @Test
    void the_end_of_the_stream_brings_the_results() throws Exception {
        AtomicReference<Map<String, Object>> headers = new AtomicReference<>();
        AtomicReference<Reply> reply = new AtomicReference<>();
        CountDownLatch looked = new CountDownLatch(1);
        route(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:mine").to("claude:messages?streaming=true").process(exchange -> {
                    ReplyChunks chunks = (ReplyChunks) exchange.getMessage().getBody();
                    assertThat(chunks.reply()).isEmpty();
                    looked.countDown();
                    chunks.forEachRemaining(seen::add);
                    reply.set(chunks.reply().orElseThrow());
                    headers.set(Map.copyOf(exchange.getMessage().getHeaders()));
                });
            }
        });
        claude.next(stream().start().text("Deep.").waitFor(looked).stop());

        assertThat(send().getException()).isNull();

        assertThat(reply.get().text()).isEqualTo("Deep.");
        assertThat(headers.get())
                .containsEntry("mine", 1)
                .containsEntry(ClaudeHeaders.STOP_REASON, "end_turn")
                .containsKey(ClaudeHeaders.OUTPUT_TOKENS);
    }

    @Test
    void can_be_asked_for_by_header() throws Exception {
        split("claude:messages");
        claude.next(says("Deep."));

        bundle.sendTo("direct:mine", "How deep?", Map.of(ClaudeHeaders.STREAMING, true));

        assertThat(seen).containsExactly("Deep.", "|");
    }

    @Nested
    class A_call_that_fails {

        @Test
        void before_the_first_chunk_fails_the_step_and_leaves_the_message() throws Exception {
            split("claude:messages?streaming=true");
            claude.next(error(400, "invalid_request_error"));

            Exchange sent = send();

            assertThat(Bundle.failureOf(sent)).isInstanceOf(ClaudeException.Rejected.class);
            assertThat(sent.getMessage().getBody()).isEqualTo("How deep?");
            assertThat(sent.getMessage().getHeaders()).isEqualTo(Map.of("mine", 1));
            assertThat(seen).isEmpty();
        }

        @Test
        void is_called_again_before_the_first_chunk() throws Exception {
            split("claude:messages?streaming=true");
            claude.next(error(529, "overloaded_error"), says("Deep."));

            assertThat(send().getException()).isNull();
            assertThat(seen).containsExactly("Deep.", "|");
        }

        @Test
        void later_fails_the_chunk_that_does_not_come() throws Exception {
            split("claude:messages?streaming=true");
            claude.next(stream().start().text("Deep ").reset());

            ClaudeException failure = Bundle.failureOf(send());

            assertThat(failure).isInstanceOfSatisfying(ClaudeException.StreamBroken.class, broken -> assertThat(
                            broken.partialText())
                    .isEqualTo("Deep "));
            assertThat(seen).containsExactly("Deep ");
        }
    }

    @Nested
    class A_route_that_stops_reading {

        /** Writes on for 50 seconds, until the connection is closed. */
        private StubReply endless() {
            StubReply reply = stream().start();
            for (int i = 0; i < 500; i++) {
                reply.text("chunk " + i + " ");
            }
            for (int i = 0; i < 5000; i++) {
                reply.pause(10).text("late chunk");
            }
            return reply;
        }

        private void endsTheCall() {
            Bundle.until(() -> claude.connections() == 0);
            Bundle.until(() -> bundle.context().getInflightRepository().size() == 0);
            assertThat(bundle.meter("claude.throttle.in.flight")).isZero();
        }

        @Test
        void by_closing_ends_the_call() throws Exception {
            route(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:mine").to("claude:messages?streaming=true").process(exchange -> {
                        ReplyChunks chunks = (ReplyChunks) exchange.getMessage().getBody();
                        seen.add(chunks.next());
                        chunks.close();
                        assertThat(chunks.hasNext()).isFalse();
                    });
                }
            });
            claude.next(endless());

            assertThat(send().getException()).isNull();

            endsTheCall();
        }

        @Test
        void by_a_split_that_stops_on_an_exception_ends_the_call() throws Exception {
            route(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:mine")
                            .errorHandler(noErrorHandler())
                            .to("claude:messages?streaming=true")
                            .split(body())
                            .streaming()
                            .stopOnException()
                            .process(exchange -> {
                                seen.add(exchange.getMessage().getBody(String.class));
                                throw new IllegalStateException("enough");
                            });
                }
            });
            claude.next(endless());

            long start = System.nanoTime();
            assertThat(send().getException()).hasStackTraceContaining("enough");

            assertThat(seen).hasSize(1);
            endsTheCall();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("the endpoint writes for 50 s")
                    .isLessThan(Duration.ofSeconds(30));
        }

        @Test
        void by_ending_ends_the_call() throws Exception {
            AtomicReference<Iterator<?>> kept = new AtomicReference<>();
            route(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:mine")
                            .to("claude:messages?streaming=true")
                            .process(exchange ->
                                    kept.set((Iterator<?>) exchange.getMessage().getBody()))
                            .setBody(constant("not read"));
                }
            });
            claude.next(endless());

            assertThat(send().getMessage().getBody()).isEqualTo("not read");

            endsTheCall();
            assertThat(kept.get().hasNext()).isTrue();
            assertThatThrownBy(() -> kept.get().next()).hasMessageContaining("only in the route");
        }

        @Test
        void holds_back_the_call_until_it_reads_on() throws Exception {
            CountDownLatch readOn = new CountDownLatch(1);
            route(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:mine")
                            .to("claude:messages?streaming=true")
                            .split(body())
                            .streaming()
                            .process(exchange -> {
                                seen.add(exchange.getMessage().getBody(String.class));
                                readOn.await();
                            });
                }
            });
            StubReply reply = stream().start();
            for (int i = 0; i < 300; i++) {
                reply.text("chunk " + i);
            }
            claude.next(reply.stop());

            Future<Exchange> sent = bundle.inBackground(this::sendIt);
            Bundle.until(() -> seen.size() == 1);
            assertThat(bundle.meter("claude.throttle.in.flight")).isEqualTo(1.0);
            readOn.countDown();

            assertThat(sent.get(30, TimeUnit.SECONDS).getException()).isNull();
            assertThat(seen).hasSize(301).endsWith("chunk 299", "");
        }

        private Exchange sendIt() {
            return send();
        }
    }

    @Nested
    class Fail_on {

        @Test
        void a_stop_reason_turns_the_reply_into_an_exception_with_its_text() throws Exception {
            route(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:mine").to("claude:messages?stream=false&failOn=refusal,max_tokens");
                }
            });
            claude.next(StubReply.messageThatStopped("max_tokens", "Very de"));

            Exchange sent = send();

            assertThat(Bundle.failureOf(sent)).isInstanceOfSatisfying(ClaudeException.Incomplete.class, incomplete -> {
                assertThat(incomplete.partialText()).isEqualTo("Very de");
                assertThat(incomplete.stopReason()).isEqualTo("max_tokens");
                assertThat(incomplete).hasMessageContaining("max_tokens").hasMessageNotContaining("Very");
            });
            assertThat(sent.getMessage().getBody()).isEqualTo("How deep?");
            assertThat(sent.getMessage().getHeaders()).isEqualTo(Map.of("mine", 1));
        }

        @Test
        void another_stop_reason_changes_nothing() throws Exception {
            route(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:mine").to("claude:messages?failOn=refusal");
                }
            });
            claude.next(says("Deep."));

            assertThat(send().getMessage().getBody()).isEqualTo("Deep.");
        }

        @Test
        void fails_the_end_of_a_stream() throws Exception {
            split("claude:messages?streaming=true&failOn=end_turn");
            claude.next(says("Deep."));

            assertThat(Bundle.failureOf(send())).isInstanceOf(ClaudeException.Incomplete.class);
            assertThat(seen).containsExactly("Deep.");
        }
    }
}
