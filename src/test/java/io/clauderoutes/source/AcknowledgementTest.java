package io.clauderoutes.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.settings.NamedSourceSettings;
import io.clauderoutes.settings.PropertySources;
import java.util.Map;
import java.util.Properties;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the endpoint of a source is set up to. The sources of JMS are in {@link JmsTest}. */
class AcknowledgementTest {

    private final DefaultCamelContext context = new DefaultCamelContext();

    /** The option of Kafka. */
    public static final class Topics {
        private boolean breakOnFirstError;

        public boolean isBreakOnFirstError() {
            return breakOnFirstError;
        }

        public void setBreakOnFirstError(boolean value) {
            breakOnFirstError = value;
        }
    }

    /** An endpoint with the option of Kafka, whose component is no dependency of the tests. */
    public static final class TopicEndpoint extends DefaultEndpoint {
        private final Topics configuration = new Topics();

        private TopicEndpoint(String uri, TopicComponent component) {
            super(uri, component);
        }

        public Topics getConfiguration() {
            return configuration;
        }

        @Override
        public Producer createProducer() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Consumer createConsumer(Processor processor) {
            throw new UnsupportedOperationException();
        }
    }

    private static final class TopicComponent extends DefaultComponent {
        @Override
        protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
            return new TopicEndpoint(uri, this);
        }
    }

    @BeforeEach
    void start() {
        // Only the class under test runs, not the bundle.
        context.getPropertiesComponent().addInitialProperty("claude.enabled", "false");
        context.addComponent("topic", new TopicComponent());
        context.start();
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    private NamedSourceSettings source(String uri, Map<String, String> others) {
        Properties properties = new Properties();
        properties.put("claude.sources.in.uri", uri);
        others.forEach((name, value) -> properties.put("claude.sources.in." + name, value));
        context.getPropertiesComponent().setOverrideProperties(properties);
        return ClaudeSettings.of(PropertySources.of(context, Map.of(), new Properties()))
                .prompts()
                .sources()
                .get("in");
    }

    private int threads(String uri, Map<String, String> others) {
        return new Acknowledgement(context).prepare(source(uri, others));
    }

    @Test
    void a_topic_without_dead_letters_brings_a_record_that_failed_again() {
        threads("topic:a", Map.of());
        threads("topic:b", Map.of("dead-letter", "mock:dead"));

        assertThat(context.getEndpoint("topic:a", TopicEndpoint.class)
                        .getConfiguration()
                        .isBreakOnFirstError())
                .isTrue();
        assertThat(context.getEndpoint("topic:b", TopicEndpoint.class)
                        .getConfiguration()
                        .isBreakOnFirstError())
                .isFalse();
    }

    @Test
    void an_event_loop_gets_threads_if_the_settings_name_none() {
        assertThat(threads("platform-http:/in", Map.of())).isEqualTo(20);
        assertThat(threads("platform-http:/other", Map.of("workers", "3"))).isEqualTo(3);
        assertThat(threads("seda:in", Map.of())).isZero();
    }

    @Test
    void a_topic_that_skips_failures_is_refused_without_dead_letters() {
        String uri = "topic:c?breakOnFirstError=false";

        assertThat(Acknowledgement.trouble(source(uri, Map.of())))
                .hasValueSatisfying(trouble -> assertThat(trouble).contains("breakOnFirstError=false"));
        assertThat(Acknowledgement.trouble(source(uri, Map.of("dead-letter", "mock:dead"))))
                .isEmpty();
    }
}
