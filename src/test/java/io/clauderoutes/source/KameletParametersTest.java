package io.clauderoutes.source;

import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A kamelet's parameters reach Claude as they are written, or the route is refused. */
class KameletParametersTest {

    private static final String TEXT = "You work for R&D. Never reveal prices.";

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude)
            .with("my.system", TEXT)
            .with("my.lines", "First & last.\n\tSecond: 100% {x}\n")
            .with("system", "not this one");

    private void load(String yaml) throws Exception {
        CamelContext context = bundle.context();
        PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString("mine.camel.yaml", yaml));
    }

    private void action(String step, String quoted) throws Exception {
        load("""
                - route:
                    id: mine
                    from:
                      uri: direct:mine
                      steps:
                        - %s
                            parameters:
                              system: %s
                              maxTokens: 77
                """.formatted(step, quoted));
    }

    private JsonNode asked() throws Exception {
        claude.next(says("Deep."));
        assertThat(bundle.sendTo("direct:mine", "How deep?", Map.of()).getException())
                .isNull();
        return new ObjectMapper().readTree(claude.prompts().get(0));
    }

    private String system() throws Exception {
        return asked().path("system").textValue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                TEXT,
                "50% of 100%25, 1+1 = 2 and a+b",
                "First line.\n\n  Second line: \"yes\"\r\n\tThird",
                "a&model=claude-other&system=b",
                "RAW(a)&b RAW{c}",
                "#1 rule: R&D",
                "?a=1&b=2#c",
                "\u00e4\u00f6\u00fc \ud83d\ude00 & co",
                "${body} $simple{body} %s",
                "claude64.AAAA",
                "{ \"a\": {\"b\": 1} }",
            })
    void a_text_below_parameters_reaches_claude_whole(String text) throws Exception {
        action("to:\n            uri: kamelet:claude-messages-action", new ObjectMapper().writeValueAsString(text));

        assertThat(system()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "to:\n            uri: kamelet:claude-messages-action",
                "toD:\n            uri: kamelet:claude-messages-action",
                "kamelet:\n            name: claude-messages-action",
            })
    void every_kind_of_step_passes_it_on(String step) throws Exception {
        action(step, "\"" + TEXT + "\\nSecond line.\"");

        JsonNode asked = asked();
        assertThat(asked.path("system").textValue()).isEqualTo(TEXT + "\nSecond line.");
        assertThat(asked.path("max_tokens").intValue()).isEqualTo(77);
    }

    @Test
    void a_wire_tap_passes_it_on() throws Exception {
        action("wireTap:\n            uri: kamelet:claude-messages-action", "\"" + TEXT + "\"");
        claude.next(says("Deep."));

        bundle.sendTo("direct:mine", "How deep?", Map.of());
        Bundle.until(() -> !claude.prompts().isEmpty());

        assertThat(new ObjectMapper()
                        .readTree(claude.prompts().get(0))
                        .path("system")
                        .textValue())
                .isEqualTo(TEXT);
    }

    @Test
    void a_placeholder_stands_for_its_whole_value() throws Exception {
        action("to:\n            uri: kamelet:claude-messages-action", "\"{{my.system}}\"");

        assertThat(system()).isEqualTo(TEXT);
    }

    @Test
    void placeholders_between_texts_keep_their_line_breaks() throws Exception {
        action(
                "to:\n            uri: kamelet:claude-messages-action",
                "\"A & {{my.lines}} B {{no.such:R&D\\nor not}} {{no.such:{{my.system}}}}.\"");

        assertThat(system()).isEqualTo("A & First & last.\n\tSecond: 100% {x}\n B R&D\nor not " + TEXT + ".");
    }

    @Test
    void raw_is_taken_as_what_stands_in_it() throws Exception {
        action("to:\n            uri: kamelet:claude-messages-action", "\"RAW(" + TEXT + ")\"");

        assertThat(system()).isEqualTo(TEXT);
    }

    @Test
    void a_kamelet_of_the_users_own_can_hand_its_parameter_on() throws Exception {
        load("""
                - routeTemplate:
                    id: asking
                    parameters:
                      - name: system
                    from:
                      uri: direct:mine
                      steps:
                        - to:
                            uri: kamelet:claude-messages-action
                            parameters:
                              system: "{{system}}"
                - templatedRoute:
                    routeTemplateRef: asking
                    routeId: mine
                    parameters:
                      - name: system
                        value: "R&D\\nSecond"
                """);

        assertThat(system()).isEqualTo("R&D\nSecond");
    }

    @Test
    void a_placeholder_that_is_not_set_is_refused_by_its_name() {
        assertThatThrownBy(() -> action("to:\n            uri: kamelet:claude-messages-action", "\"{{no.such}}\""))
                .hasStackTraceContaining("no.such");
    }

    @Test
    void a_java_route_whose_text_ends_at_an_ampersand_is_refused() {
        assertThatThrownBy(() -> java("kamelet:claude-messages-action?system=You work for R&D. Never"))
                .hasStackTraceContaining("kamelet:claude-messages-action has a parameter value with an unquoted &")
                .hasStackTraceContaining("RAW(...)");
    }

    @Test
    void a_parameter_that_does_not_exist_is_refused_by_its_name() {
        assertThatThrownBy(() -> java("kamelet:claude-messages-action?sytem=Be brief"))
                .hasStackTraceContaining("kamelet:claude-messages-action has no parameter sytem");
    }

    @Test
    void a_java_route_can_write_raw() throws Exception {
        java("kamelet:claude-messages-action?max-tokens=7&system=RAW(" + TEXT + ")");

        assertThat(system()).isEqualTo(TEXT);
    }

    @Test
    void a_java_route_keeps_the_line_breaks_of_what_it_writes_raw() throws Exception {
        java("kamelet:claude-messages-action?maxTokens=7&system=RAW(First & foremost.\n  Second (really).\n)");

        JsonNode asked = asked();
        assertThat(asked.path("system").textValue()).isEqualTo("First & foremost.\n  Second (really).");
        assertThat(asked.path("max_tokens").intValue()).isEqualTo(7);
    }

    private void java(String uri) throws Exception {
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:mine").to(uri);
            }
        });
    }

    @Test
    void kamelets_of_others_are_left_to_camel() throws Exception {
        load("""
                - routeTemplate:
                    id: other
                    parameters:
                      - name: text
                    from:
                      uri: kamelet:source
                      steps:
                        - setBody:
                            expression:
                              constant:
                                expression: "{{text}}"
                - route:
                    id: mine
                    from:
                      uri: direct:mine
                      steps:
                        - to:
                            uri: kamelet:other
                            parameters:
                              text: plain R+D
                """);

        assertThat(bundle.sendTo("direct:mine", "", Map.of()).getMessage().getBody(String.class))
                .isEqualTo("plain R+D");
    }
}
