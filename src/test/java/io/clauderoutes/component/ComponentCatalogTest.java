package io.clauderoutes.component;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.clauderoutes.ClaudeHeaders;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.camel.catalog.DefaultCamelCatalog;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.EndpointUriFactory;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.tooling.model.BaseOptionModel;
import org.apache.camel.tooling.model.ComponentModel;
import org.apache.camel.tooling.model.JsonMapper;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What tools learn of {@code claude:} from the jar, read as Camel's own catalog reads it. */
class ComponentCatalogTest {

    private static final String JSON = "/META-INF/io/clauderoutes/component/claude.json";
    private static final Path GENERATED = Path.of("src/generated");
    private static final Path NOW = Path.of("target/camel");

    private final DefaultCamelCatalog catalog = new DefaultCamelCatalog();

    private static String resource(String name) {
        try (InputStream in = ComponentCatalogTest.class.getResourceAsStream(name)) {
            assertThat(in).as(name).isNotNull();
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException broken) {
            throw new IllegalStateException(broken);
        }
    }

    private static ComponentModel model() {
        return JsonMapper.generateComponentModel(resource(JSON));
    }

    @BeforeEach
    void add() {
        catalog.addComponent("claude", ClaudeComponent.class.getName(), resource(JSON));
    }

    @Test
    void is_current() throws IOException {
        assumeThat(NOW).as("made by ./mvnw process-classes").exists();

        assertThat(files(GENERATED))
                .as("the options have changed: run ./mvnw process-classes && cp -r target/camel/. src/generated/")
                .isEqualTo(files(NOW));
    }

    private static Map<String, String> files(Path folder) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(folder.relativize(file).toString(), Files.readString(file));
            }
        }
        return files;
    }

    @Test
    void says_where_the_component_is() throws IOException {
        Properties properties = new Properties();
        properties.load(new java.io.StringReader(resource("/META-INF/services/org/apache/camel/component.properties")));

        assertThat(properties.getProperty("components")).isEqualTo("claude claude-tool");
        assertThat(resource("/META-INF/services/org/apache/camel/component/claude"))
                .contains(ClaudeComponent.class.getName());
        assertThat(model().getJavaType()).isEqualTo(ClaudeComponent.class.getName());
        assertThat(model().getScheme()).isEqualTo("claude");
        assertThat(model().isProducerOnly()).isTrue();
    }

    @Test
    void describes_each_option() {
        assertThat(model().getEndpointOptions())
                .extracting(BaseOptionModel::getName)
                .containsAll(ClaudeOperation.MESSAGES.options())
                .containsAll(ClaudeOperation.REDACT.options());
        assertThat(model().getEndpointOptions())
                .allSatisfy(option -> assertThat(option.getDescription()).endsWith("."))
                .filteredOn(option -> !List.of("operation", "lazyStartProducer").contains(option.getName()))
                .allSatisfy(option -> assertThat(option.getDescription())
                        .as("the header of the option %s", option.getName())
                        .contains("Header: " + header(option.getName())));
    }

    /** A class cannot be named by a message: a header has its schema. */
    private static String header(String named) {
        String option = named.equals("outputClass") ? "outputSchema" : named;
        String name = "CamelClaude" + Character.toUpperCase(option.charAt(0)) + option.substring(1);
        assertThat(ClaudeHeaders.options()).contains(name);
        return name;
    }

    @Test
    void describes_each_header() {
        List<String> headers = Arrays.stream(ClaudeHeaders.class.getFields())
                .filter(field -> Modifier.isStatic(field.getModifiers()) && field.getType() == String.class)
                .map(ComponentCatalogTest::value)
                .filter(name -> name.startsWith("CamelClaude"))
                .toList();

        assertThat(model().getEndpointHeaders())
                .extracting(BaseOptionModel::getName)
                .containsExactlyInAnyOrderElementsOf(headers);
        assertThat(model().getEndpointHeaders())
                .allSatisfy(header -> assertThat(header.getDescription()).isNotBlank());
    }

    private static String value(Field field) {
        try {
            return (String) field.get(null);
        } catch (IllegalAccessException hidden) {
            throw new IllegalStateException(hidden);
        }
    }

    @Test
    void describes_tools() throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.build();

            ComponentModel model = JsonMapper.generateComponentModel(
                    PluginHelper.getRuntimeCamelCatalog(context).componentJSonSchema("claude-tool"));

            assertThat(model.getJavaType()).isEqualTo(ClaudeToolComponent.class.getName());
            assertThat(model.isConsumerOnly()).isTrue();
            assertThat(model.getEndpointOptions())
                    .extracting(BaseOptionModel::getName)
                    .contains(
                            "name",
                            "description",
                            "schema",
                            "parametersClass",
                            "parameters",
                            "tags",
                            "timeout",
                            "strict");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "claude:messages?model=x&system=y&maxTokens=5&cache=refresh | true",
                "claude:redact?policy=strict | true",
                "claude:tokens | true",
                "claude:messages?modle=x | false",
                "claude:chat | false",
                "claude:messages?cache=never | false",
                "claude:messages?maxTokens=many | false",
            })
    void lets_tools_check_a_uri(String uri, boolean valid) {
        assertThat(catalog.validateEndpointProperties(uri).isSuccess()).isEqualTo(valid);
    }

    @Test
    void is_in_the_catalog_of_each_context_with_the_jar() throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.build();

            String json = PluginHelper.getRuntimeCamelCatalog(context).componentJSonSchema("claude");

            assertThat(JsonMapper.generateComponentModel(json).getJavaType())
                    .isEqualTo(ClaudeComponent.class.getName());
        }
    }

    @Test
    void lets_a_builder_make_a_uri() throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            EndpointUriFactory factory = context.getCamelContextExtension().getEndpointUriFactory("claude");

            assertThat(factory.buildUri("claude", new HashMap<>(Map.of("operation", "messages", "model", "m"))))
                    .isEqualTo("claude:messages?model=m");
        }
    }
}
