package io.clauderoutes.springboot;

import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.clauderoutes.support.StubClaude;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.health.HealthCheckHelper;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration;
import org.springframework.boot.autoconfigure.jms.artemis.ArtemisAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** An application of Spring Boot that has the jar and {@code application.yml}. */
class SpringBootTest {

    @RegisterExtension
    private final StubClaude claude = new StubClaude();

    @TempDir
    private Path folder;

    /** The log of this JVM belongs to all tests. */
    @BeforeAll
    static void leaveTheLogAlone() {
        System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE);
    }

    /** The application. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        MeterRegistry meters() {
            return new SimpleMeterRegistry();
        }

        @Bean
        RouteBuilder routes() {
            return new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:ask").to("claude:messages").to("mock:replies");
                }
            };
        }
    }

    private ConfigurableApplicationContext started(String yaml, String... arguments) throws Exception {
        Files.writeString(folder.resolve("application.yml"), yaml);
        List<String> all = new ArrayList<>(List.of(
                "--spring.config.location=file:" + folder + "/",
                "--spring.main.banner-mode=off",
                // The class path of the tests has a broker of another version, and a connection pool.
                "--spring.autoconfigure.exclude=" + ArtemisAutoConfiguration.class.getName() + ","
                        + DataSourceAutoConfiguration.class.getName(),
                "--claude.data=" + folder.resolve("data")));
        all.addAll(List.of(arguments));
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .registerShutdownHook(false)
                .run(all.toArray(String[]::new));
    }

    private String yaml() {
        return """
                team: rivers
                claude:
                  endpoints:
                    primary.url: %s
                  credentials.main.key: key-of-the-yaml
                  source:
                    model: claude-haiku-of-the-yaml
                    maxTokens: 77
                    system: You work for ${team}.
                  fanOut:
                    dynamicSinks:
                      - mock:*
                      - seda:*
                  sinks:
                    myReplies:
                      uri: mock:sink
                """.formatted(claude.url());
    }

    @Test
    void the_settings_of_the_yaml_count() throws Exception {
        claude.always(says("Rhine"));
        try (ConfigurableApplicationContext application = started(yaml())) {
            String reply =
                    application.getBean(ProducerTemplate.class).requestBody("direct:ask", "Name a river", String.class);

            assertThat(reply).isEqualTo("Rhine");
            StubClaude.Request call = claude.requests().stream()
                    .filter(each -> each.line().startsWith("POST"))
                    .findFirst()
                    .orElseThrow();
            JsonNode request = new ObjectMapper().readTree(call.body());
            assertThat(request.path("model").asText()).isEqualTo("claude-haiku-of-the-yaml");
            assertThat(request.path("max_tokens").asInt()).isEqualTo(77);
            assertThat(request.path("system").asText()).isEqualTo("You work for rivers.");
            assertThat(call.headers().get("x-api-key")).isEqualTo("key-of-the-yaml");
            assertThat(application
                            .getBean(MeterRegistry.class)
                            .get("claude.requests")
                            .counters())
                    .anyMatch(counter -> counter.count() == 1);
            CamelContext camel = application.getBean(CamelContext.class);
            assertThat(HealthCheckHelper.invoke(camel))
                    .anyMatch(result -> result.getCheck().getGroup().equals("claude"));
        }
    }

    @Test
    void a_profile_and_the_command_line_win_over_the_file() throws Exception {
        claude.always(says("Rhine"));
        Files.writeString(folder.resolve("application-night.yml"), "claude.source.max_tokens: 78\n");
        try (ConfigurableApplicationContext application =
                started(yaml(), "--spring.profiles.active=night", "--claude.source.model=claude-of-the-command-line")) {
            application.getBean(ProducerTemplate.class).requestBody("direct:ask", "Name a river", String.class);

            JsonNode request = new ObjectMapper()
                    .readTree(claude.requests().stream()
                            .filter(each -> each.line().startsWith("POST"))
                            .findFirst()
                            .orElseThrow()
                            .body());
            assertThat(request.path("max_tokens").asInt()).isEqualTo(78);
            assertThat(request.path("model").asText()).isEqualTo("claude-of-the-command-line");
        }
    }

    @Test
    void a_misspelt_setting_ends_the_start_and_is_named() {
        assertThatThrownBy(() -> started(yaml() + "  source.maxTokenz: 5\n"))
                .rootCause()
                .hasMessageContaining("claude.source.maxTokenz")
                .hasMessageContaining("claude.source.max-tokens");
    }

    @Test
    void without_a_key_nothing_replies() throws Exception {
        try (ConfigurableApplicationContext application = started("claude.source.model: claude-haiku-5\n")) {
            ProducerTemplate template = application.getBean(ProducerTemplate.class);

            assertThatThrownBy(() -> template.requestBody("direct:ask", "Name a river", String.class))
                    .rootCause()
                    .hasMessageContaining("claude.credentials.main.key");
        }
    }

    @Test
    void the_profile_prod_refuses_a_start_without_a_key() {
        assertThatThrownBy(() -> started("claude.source.model: claude-haiku-5\n", "--spring.profiles.active=prod"))
                .rootCause()
                .hasMessageContaining("claude.credentials.main.key");
    }
}
