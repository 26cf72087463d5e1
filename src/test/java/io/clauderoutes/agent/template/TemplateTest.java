package io.clauderoutes.agent.template;

import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.InProcessBundle;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.io.File;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Prompts that are made of a template and a message. */
class TemplateTest {

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude);

    @TempDir
    private Path folder;

    /** An order with a method that must not be called. */
    public record Purchase(String customer, BigDecimal sum, List<String> items) {
        public String delete() {
            return "a template called a method of " + customer;
        }
    }

    private void template(String name, String text) {
        try {
            bundle.with(
                    "claude.templates." + name,
                    Files.writeString(folder.resolve(name + ".txt"), text).toString());
        } catch (IOException full) {
            throw new IllegalStateException(full);
        }
    }

    private static Map<String, Object> named(String name) {
        return Map.of(ClaudeHeaders.TEMPLATE, name);
    }

    private JsonNode asked() {
        try {
            return new ObjectMapper()
                    .readTree(claude.prompts().get(claude.prompts().size() - 1));
        } catch (IOException notJson) {
            throw new IllegalStateException(notJson);
        }
    }

    private String prompt() {
        return asked().at("/messages/0/content").asText();
    }

    private String filled(Object body) {
        claude.next(says("Fine."));
        bundle.ask(body, named("mine"));
        return prompt();
    }

    private String failure(Object body) {
        ClaudeException failure = bundle.failure(body, named("mine"));
        assertThat(failure).isInstanceOf(ClaudeException.Rejected.class);
        assertThat(claude.requests()).isEmpty();
        return failure.getMessage();
    }

    private void route(RoutesBuilder routes) {
        try {
            bundle.context().addRoutes(routes);
        } catch (Exception refused) {
            throw new IllegalStateException(refused);
        }
    }

    @Nested
    class A_template {

        @Test
        void has_the_body_as_text() {
            template("mine", "Translate: <%body%> & <b>\"{{not.a.placeholder}}\"</b> ${x} äöü 😀");

            assertThat(filled("<a> & 'b'"))
                    .isEqualTo("Translate: <a> & 'b' & <b>\"{{not.a.placeholder}}\"</b> ${x} äöü 😀");
        }

        @Test
        void has_the_fields_of_a_row() {
            template("mine", "<%name%> owes <%body.sum%><%#note%> (<%note%>)<%/note%><%^paid%>!<%/paid%>");
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("name", "Ada");
            row.put("sum", new BigDecimal("1.50"));
            row.put("note", null);
            row.put("paid", false);

            assertThat(filled(row)).isEqualTo("Ada owes 1.50!");
        }

        @Test
        void has_the_fields_of_json_of_objects_and_of_lists() {
            template("mine", "<%customer%>: <%#items%><%.%>, <%/items%><%body%>");
            String expected = "Ada: tea, milk, {\"customer\":\"Ada\",\"sum\":\"1.5\",\"items\":[\"tea\",\"milk\"]}";

            assertThat(filled(new Purchase("Ada", new BigDecimal("1.5"), List.of("tea", "milk"))))
                    .isEqualTo(expected);
            assertThat(filled("{\"customer\":\"Ada\",\"sum\":1.5,\"items\":[\"tea\",\"milk\"]}"))
                    .isEqualTo(expected);
        }

        @Test
        void has_headers_properties_and_variables() {
            template("mine", "<%headers.Subject%> <%headers.subject%> <%properties.stage%> <%variables.who%>");
            route(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:mine")
                            .setProperty("stage", constant("test"))
                            .setVariable("who", constant("Ada"))
                            .to("claude:messages?template=mine");
                }
            });
            claude.next(says("Fine."));

            assertThat(bundle.sendTo("direct:mine", "x", Map.of("subject", "Hi"))
                            .getException())
                    .isNull();
            assertThat(prompt()).isEqualTo("Hi Hi test Ada");
        }

        @Test
        void is_filled_once() {
            template("mine", "<%body%>");

            assertThat(filled("<%headers.secret%> {{sys:user.home}} ${header.x}"))
                    .isEqualTo("<%headers.secret%> {{sys:user.home}} ${header.x}");
        }

        @Test
        void makes_a_text_even_of_what_looks_like_a_request() {
            template("mine", "<%body%>");
            String request = "{\"model\":\"expensive\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";

            assertThat(filled(request)).isEqualTo(request);
            assertThat(asked().path("model").asText()).isEqualTo("claude-sonnet-5-5");
        }

        @Test
        void can_have_no_body() {
            template("mine", "Good morning.");

            assertThat(filled(null)).isEqualTo("Good morning.");
        }

        @Test
        void without_a_value_that_it_names_is_refused_by_template_line_and_value() {
            template("mine", "Dear\n<%customer.name%>");

            assertThat(failure(Map.of("sum", 1)))
                    .contains("CamelClaudeTemplate")
                    .contains("template mine: line 2 needs the value customer,");
        }

        @ParameterizedTest
        @CsvSource({"body.delete", "body.class.name", "body.getClass", "headers.class", "body.bytes", "properties.class"
        })
        void reaches_no_method(String tag) {
            template("mine", "<%" + tag + "%>");

            assertThat(failure(new Purchase("Ada", BigDecimal.ONE, List.of()))).contains("needs the value " + tag);
        }

        @Test
        void reads_no_object_of_the_application() {
            template("mine", "<%headers.file%>");
            ClaudeException failure =
                    bundle.failure("x", Map.of(ClaudeHeaders.TEMPLATE, "mine", "file", new File("/etc/passwd")));

            assertThat(failure).hasMessageContaining("headers.file");
        }

        @Test
        void that_grows_beyond_the_bound_is_refused() {
            template("mine", "<%#body%><%#body%><%#body%>0123456789<%/body%><%/body%><%/body%>");
            bundle.with("claude.source.max-bytes", "100000");

            assertThat(failure(java.util.Collections.nCopies(300, "x"))).contains("claude.source.max-bytes=100000");
        }

        @Test
        void that_becomes_nothing_is_refused() {
            template("mine", "<%^body%>x<%/body%>");

            assertThat(failure("text")).contains("empty");
        }

        @Test
        void of_another_name_is_refused_with_the_names_that_there_are() {
            template("mine", "x");

            assertThat(bundle.failure("x", named("../../etc/passwd")))
                    .hasMessageContaining("CamelClaudeTemplate")
                    .hasMessageContaining("there are mine");
            assertThatThrownBy(() -> route(new RouteBuilder() {
                        @Override
                        public void configure() {
                            from("direct:mine").to("claude:messages?template=mein");
                        }
                    }))
                    .rootCause()
                    .hasMessageContaining("there are mine");
        }
    }

    @Nested
    class A_start {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "x;<%#a%> | line 2",
                    "x;<%a | line 2",
                    "<%#a%>;<%/b%> | line 2",
                    "<%>other%> | includes another template, other",
                    "x;<%=[ ]=%> | line 2: the delimiters cannot be changed",
                })
        void with_a_broken_template_names_file_and_line(String text, String why) {
            template("mine", text.replace(';', '\n'));

            assertThat(bundle.refusal())
                    .hasStackTraceContaining("claude.templates.mine=" + folder.resolve("mine.txt") + ": ")
                    .hasStackTraceContaining(why);
        }

        @Test
        void without_the_file_names_it() {
            assertThat(bundle.with("claude.templates.mine", "no/such.txt").refusal())
                    .hasStackTraceContaining("claude.templates.mine=no/such.txt: there is no such file");
        }

        @Test
        void with_a_source_that_names_no_template_is_refused() {
            assertThat(bundle.with("claude.sources.tray.uri", "direct:tray")
                            .with("claude.sources.tray.template", "mine")
                            .refusal())
                    .hasStackTraceContaining("claude.sources.tray.template=mine: there is no claude.templates.mine");
        }
    }

    @Nested
    class A_source {

        @Test
        void fills_its_template_with_all_headers_of_a_message() throws Exception {
            template("mail", "From <%headers.from%>: <%headers.Subject%>\n<%body%>");
            bundle.with("claude.sources.tray.uri", "direct:tray")
                    .with("claude.sources.tray.template", "mail")
                    .with("claude.sources.tray.sinks", "answers")
                    .with("claude.sources.tray.dead-letter", "mock:dead")
                    .with("claude.sinks.answers.uri", "mock:answers");
            claude.next(says("Fine."));
            MockEndpoint answers = bundle.mock("answers");
            answers.expectedBodiesReceived("Fine.");
            MockEndpoint dead = bundle.mock("dead");
            dead.expectedBodiesReceived("No subject");

            bundle.post("direct:tray", "Help!", Map.of("From", "ada@example.com", "Subject", "Urgent"));
            bundle.post("direct:tray", "No subject", Map.of("From", "ada@example.com"));

            answers.assertIsSatisfied();
            dead.assertIsSatisfied();
            assertThat(prompt()).isEqualTo("From ada@example.com: Urgent\nHelp!");
            assertThat(answers.getExchanges().get(0).getMessage().getHeaders()).doesNotContainKey("Subject");
        }
    }

    @Nested
    class A_change {

        @Test
        void takes_effect_at_once_and_all_or_nothing() throws Exception {
            Path file = Files.writeString(folder.resolve("mail.txt"), "One: <%body%>");
            Files.createDirectories(folder.resolve("in"));
            try (InProcessBundle own = new InProcessBundle(folder, URI.create(claude.url()))
                    .with("claude.templates.mail", file.toString())
                    .with("claude.sources.tray.uri", "file:" + folder.resolve("in") + "?delay=50&initialDelay=0")
                    .with("claude.sources.tray.template", "mail")
                    .with("claude.sources.tray.cache", "bypass")
                    .with("claude.sources.tray.sinks", "answers")
                    .with("claude.sinks.answers.uri", "mock:answers")
                    .with("claude.sources.inbox.uri", "")
                    .with("claude.sources.inbox.dead-letter", "")
                    .started()) {
                claude.always(says("Fine."));
                until("One: x");
                Files.writeString(file, "Two: <%body%>");
                until("Two: x");
                Files.writeString(file, "Three: <%body");
                own.untilHealth("claude.templates.mail");
                until("Two: x");
                Files.writeString(file, "Four: <%body%>");
                own.untilHealthWithout("claude.templates.mail");
                until("Four: x");
            }
        }

        private int number;

        private void until(String prompt) {
            int before = claude.prompts().size();
            Bundle.until(() -> {
                try {
                    if (claude.prompts().size() > before && prompt().equals(prompt)) {
                        return true;
                    }
                    Files.writeString(folder.resolve("in").resolve("prompt" + number++ + ".txt"), "x");
                    int asked = claude.prompts().size();
                    Bundle.until(() -> claude.prompts().size() > asked);
                    return prompt().equals(prompt);
                } catch (IOException full) {
                    throw new IllegalStateException(full);
                }
            });
        }
    }

    @Test
    void a_batch_and_a_count_of_tokens_take_templates_too() {
        template("mine", "Count <%body%>");
        route(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:mine").to("claude:tokens?template=mine");
            }
        });
        claude.next(io.clauderoutes.support.StubReply.status(200, "{\"input_tokens\":14}"));

        Exchange sent = bundle.sendTo("direct:mine", "me", Map.of());

        assertThat(sent.getException()).isNull();
        assertThat(prompt()).isEqualTo("Count me");
    }
}
