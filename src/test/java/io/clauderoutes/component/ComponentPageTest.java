package io.clauderoutes.component;

import static io.clauderoutes.support.StubReply.says;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.apache.camel.tooling.model.ComponentModel;
import org.apache.camel.tooling.model.JsonMapper;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The examples and the options of {@code src/docs/component.md} are what the component does and has. */
class ComponentPageTest {

    private static final Pattern HEADER = Pattern.compile("(.*) Header: (CamelClaude\\w+).*");

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude);

    private final String page = read(Path.of("src/docs/component.md"));

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException missing) {
            throw new IllegalStateException(missing);
        }
    }

    private List<String> examples(String language) {
        return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(page)
                .results()
                .map(example -> example.group(1))
                .toList();
    }

    private void load(String language) throws Exception {
        for (String example : examples(language)) {
            PluginHelper.getRoutesLoader(bundle.context())
                    .loadRoutes(ResourceHelper.fromString("example.camel." + language, example));
        }
    }

    private String system(int request) throws IOException {
        return new ObjectMapper()
                .readTree(claude.prompts().get(request))
                .path("system")
                .asText();
    }

    private void reaches(String from, String mock) throws InterruptedException {
        MockEndpoint end = bundle.mock(mock);
        end.expectedMessageCount(1);
        assertThat(bundle.sendTo(from, "A long text.", Map.of()).getException()).isNull();
        end.assertIsSatisfied();
    }

    @Test
    void the_yaml_example_runs() throws Exception {
        load("yaml");
        claude.next(says("Short."));

        reaches("direct:summary", "summaries");

        assertThat(system(0)).isEqualTo("You work for R&D. Sum up in one sentence: 100% of the facts.");
    }

    @Test
    void the_xml_example_runs() throws Exception {
        load("xml");
        claude.next(says("Short."));

        reaches("direct:letter", "letters");

        assertThat(system(0)).isEqualTo("You work for R&D.");
    }

    @Test
    void the_java_example_runs() throws Exception {
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                // The page has these lines.
                from("direct:triage")
                        .to(
                                "claude:messages?model=claude-haiku-5&cache=bypass&system=RAW(Answer with one word: R&D or sales.)")
                        .choice()
                        .when(body().contains("sales"))
                        .to("mock:sales")
                        .otherwise()
                        .to("mock:development");
            }
        });
        claude.next(says("sales"));

        reaches("direct:triage", "sales");

        assertThat(system(0)).isEqualTo("Answer with one word: R&D or sales.");
    }

    @Test
    void the_example_of_a_stream_runs() throws Exception {
        bundle.context().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:story")
                        .to("claude:messages?streaming=true")
                        .split(body())
                        .streaming()
                        .to("mock:chunks");
            }
        });
        claude.next(says("Once ", "upon"));

        MockEndpoint chunks = bundle.mock("chunks");
        chunks.expectedBodiesReceived("Once ", "upon", "");

        assertThat(bundle.sendTo("direct:story", "A story.", Map.of()).getException())
                .isNull();
        chunks.assertIsSatisfied();
    }

    @Test
    void the_java_examples_are_those_that_run() {
        String ran = read(Path.of("src/test/java/io/clauderoutes/component/ComponentPageTest.java"))
                .replaceAll("\\s+", "");

        assertThat(examples("java")).isNotEmpty().allSatisfy(example -> assertThat(ran)
                .contains(example.strip().replaceAll("\\s+", "")));
    }

    @Test
    void the_table_has_the_options_of_the_catalog() throws IOException {
        try (InputStream json = getClass().getResourceAsStream("/META-INF/io/clauderoutes/component/claude.json")) {
            ComponentModel model = JsonMapper.generateComponentModel(new String(json.readAllBytes(), UTF_8));

            assertThat(model.getEndpointParameterOptions())
                    .filteredOn(option -> !option.getName().equals("lazyStartProducer"))
                    .hasSizeGreaterThan(15)
                    .allSatisfy(option -> {
                        MatchResult described = HEADER.matcher(option.getDescription())
                                .results()
                                .findFirst()
                                .orElseThrow();
                        assertThat(page)
                                .contains("| `" + option.getName() + "` | `" + described.group(2) + "` | "
                                        + described.group(1) + " |");
                    });
        }
    }
}
