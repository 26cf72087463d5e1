package io.clauderoutes.component;

import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.nio.file.Path;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sinks that are named by their URI: an option is trusted, a header only as far as the settings allow it. */
class DynamicSinksTest {

    @TempDir
    static Path data;

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude)
            .with("claude.data", data.toString())
            .with("claude.sinks.named.uri", "seda:named")
            .with("claude.sinks.*.attempts", "1")
            .with("my.secret", "hidden");

    private Exchange send(String uri, Map<String, ?> headers) throws Exception {
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:mine").to(uri);
            }
        });
        return bundle.sendTo("direct:mine", "How deep?", headers);
    }

    private Object body(String uri) {
        return bundle.received(uri).getMessage().getBody();
    }

    @Nested
    class An_option {

        @Test
        void can_be_any_uri_beside_names() throws Exception {
            claude.next(says("Deep."));

            assertThat(send("claude:messages?sinks=RAW(seda:x?size=10, named)", Map.of())
                            .getException())
                    .isNull();

            assertThat(body("seda:x?size=10")).isEqualTo("Deep.");
            assertThat(body("seda:named")).isEqualTo("Deep.");
        }

        @Test
        void holds_for_streams_too() throws Exception {
            claude.next(says("Deep."));
            bundle.context().addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:stream")
                            .to("claude:messages?streaming=true&sinks=seda:y")
                            .split(body())
                            .streaming()
                            .to("mock:chunks");
                }
            });

            assertThat(bundle.sendTo("direct:stream", "How deep?", Map.of()).getException())
                    .isNull();

            assertThat(body("seda:y")).isEqualTo("Deep.");
        }

        @Test
        void does_not_make_its_uri_trusted_in_the_next_step() throws Exception {
            claude.next(says("Deep."));
            bundle.context().addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:two")
                            .to("claude:messages?sinks=seda:z")
                            .setHeader(ClaudeHeaders.SINKS, constant("seda:z"))
                            .to("direct:claude");
                }
            });

            assertThat(Bundle.failureOf(bundle.sendTo("direct:two", "How deep?", Map.of())))
                    .hasMessageContaining("dynamic-sinks");
            assertThat(body("seda:z")).isEqualTo("Deep.");
        }
    }

    @Nested
    class A_header {

        @Test
        void names_no_uri_unless_the_settings_allow_it() throws Exception {
            assertThat(Bundle.failureOf(send("claude:messages", Map.of(ClaudeHeaders.SINKS, "seda:replies-7"))))
                    .hasMessageContaining("claude.fan-out.dynamic-sinks")
                    .hasMessageNotContaining("replies-7");
        }

        @Test
        void names_uris_that_the_settings_allow() throws Exception {
            bundle.with("claude.fan-out.dynamic-sinks", "seda:replies-*");
            claude.next(says("Deep."));

            bundle.ask("How deep?", Map.of(ClaudeHeaders.SINKS, "seda:replies-7,named"));

            assertThat(body("seda:replies-7")).isEqualTo("Deep.");
            assertThat(body("seda:named")).isEqualTo("Deep.");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "seda:other",
                    "seda:replies-7?size=1",
                    "seda:replies-{{my.secret}}",
                    "seda:replies-%7B",
                    "file:out/../../etc",
                    "file:other",
                    "SEDA:replies-7"
                })
        void names_nothing_else(String uri) {
            bundle.with("claude.fan-out.dynamic-sinks", "seda:replies-*,file:out/*");

            assertThat(bundle.failure("How deep?", Map.of(ClaudeHeaders.SINKS, uri)))
                    .hasMessageContaining("claude.fan-out.dynamic-sinks");
        }
    }

    @Nested
    class A_sink_that_fails {

        @Test
        void gets_its_reply_later_and_has_no_meter_of_its_own() throws Exception {
            claude.next(says("Deep."));
            bundle.with("claude.fan-out.redelivery-delay", "100ms");

            assertThat(send("claude:messages?sinks=RAW(direct:late?block=false)", Map.of())
                            .getException())
                    .isNull();
            assertThat(bundle.meter("claude.sink.messages", "sink", "dynamic", "result", "failed"))
                    .isEqualTo(1.0);
            bundle.context().addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:late?block=false").to("seda:taken");
                }
            });

            assertThat(body("seda:taken")).isEqualTo("Deep.");
        }
    }

    @Test
    void a_batch_keeps_the_uri_of_its_sink() throws Exception {
        Exchange sent = send("claude:batch?sinks=seda:later", Map.of());

        assertThat(sent.getException()).isNull();
        assertThat(sent.getMessage().getHeader(ClaudeHeaders.PROMPT_ID)).isNotNull();
    }
}
