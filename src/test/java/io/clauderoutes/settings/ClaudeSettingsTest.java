package io.clauderoutes.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.support.Bundle;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClaudeSettingsTest {

    private static Map<String, String> packaged() {
        Properties packaged = new Properties();
        try (InputStream in = ClaudeSettings.class.getResourceAsStream("/io/clauderoutes/application.properties")) {
            packaged.load(in);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        Map<String, String> values = new TreeMap<>();
        packaged.stringPropertyNames().stream()
                .filter(key -> key.startsWith("claude."))
                .forEach(key -> values.put(key, packaged.getProperty(key)));
        return values;
    }

    private static ClaudeSettings with(String key, String value) {
        Map<String, String> values = new HashMap<>(packaged());
        values.put(key, value);
        return ClaudeSettings.of(values);
    }

    @Test
    void the_packaged_settings_are_right() {
        ClaudeSettings settings = ClaudeSettings.of(packaged());

        assertThat(settings.prompts().sources()).containsOnlyKeys("inbox");
        assertThat(settings.delivery().sinks()).containsOnlyKeys("answers", "terminal");
        assertThat(settings.upstream().endpoints().get("primary").url()).isEqualTo(ClaudeSettings.PACKAGED_URL);
    }

    @Test
    void a_name_of_its_own_gets_the_defaults_of_all() {
        ClaudeSettings settings = with("claude.endpoints.second.url", "http://localhost:1234/base");

        assertThat(settings.upstream().endpoints().get("second").timeouts().idle())
                .isEqualTo(Duration.ofSeconds(90));
    }

    @Test
    void what_a_name_says_itself_wins_over_the_defaults_of_all() {
        ClaudeSettings settings = with("claude.endpoints.primary.idle-timeout", "5m");

        assertThat(settings.upstream().endpoints().get("primary").timeouts().idle())
                .isEqualTo(Duration.ofMinutes(5));
    }

    @ParameterizedTest
    @CsvSource({
        "kafka:asked, kafka:asked?breakOnFirstError=true",
        "kafka:asked?groupId=a, kafka:asked?groupId=a&breakOnFirstError=true",
        "kafka:asked?breakOnFirstError=true, kafka:asked?breakOnFirstError=true",
        "jms:asked, jms:asked",
    })
    void a_source_of_kafka_stops_at_a_record_that_fails(String told, String used) {
        assertThat(with("claude.sources.inbox.uri", told)
                        .prompts()
                        .sources()
                        .get("inbox")
                        .uri())
                .isEqualTo(used);
    }

    @Test
    void a_source_of_kafka_that_goes_on_after_a_failure_is_refused() {
        assertThatThrownBy(() -> with("claude.sources.inbox.uri", "kafka:asked?breakOnFirstError=false&groupId=a"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("claude.sources.inbox.uri=")
                .hasMessageContaining("remove breakOnFirstError=false");
    }

    @Test
    void an_empty_uri_takes_a_packaged_source_away() {
        ClaudeSettings settings = with("claude.sources.inbox.uri", "");

        assertThat(settings.prompts().sources()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "claude.routes-reload.enabled | yes | expected true or false",
                "claude.simulator.faults | status-529=101 | expected names with a percentage each, such as status-529=5",
                "claude.cache.enabled | TRUE | expected true or false",
                "claude.source.max-tokens | 0 | expected a whole number from 1 to 1000000",
                "claude.source.max-tokens | many | expected a whole number from 1 to 1000000",
                "claude.source.max-tokens | 1.5 | expected a whole number",
                "claude.source.max-bytes | 99999999999 | expected a whole number",
                "claude.throttle.in-flight | 0 | expected a whole number from 1",
                "claude.throttle.wait | 30 | expected a duration such as 250ms, 30s, 10m or 1h",
                "claude.throttle.wait | -1s | expected a duration",
                "claude.throttle.wait | 99999999999s | expected a duration",
                "claude.throttle.rate | -1 | expected a number from 0 to 1000000",
                "claude.throttle.rate | NaN | expected a number",
                "claude.throttle.cost | two | expected one of one, input",
                "claude.cache.time-to-live | 0s | of at least 1ms",
                "claude.call.max-attempts | 0 | from 1 to 100",
                "claude.call.retry-budget-percent | 101 | from 0 to 100",
                "claude.endpoints.primary.url | ftp://x | expected an http or https URL",
                "claude.endpoints.primary.url | http://x?a=b | without a query",
                "claude.endpoints.primary.url | not a url | expected an http or https URL",
                "claude.endpoints.primary.dialect | german | expected one of messages, prompt",
                "claude.endpoints.primary.credential | other | there is no claude.credentials.other.kind",
                "claude.endpoints.primary.breaker-failure-percent | 0 | from 1 to 100",
                "claude.credentials.main.kind | magic | expected one of api-key, jwt, client-credentials, federation",
                "claude.credentials.main.algorithm | none | expected one of HS256, RS256, ES256",
                "claude.credentials.main.lifetime | 500ms | of at least 1000ms",
                "claude.credentials.main.client-authentication | cookie | expected one of basic, post",
                "claude.credentials.main.token-url | nowhere | expected an http or https URL",
                "claude.credentials.main.header | cookie | expected one of x-api-key, bearer",
                "claude.gateway.cors.origins | * | expected origins such as https://chat.example.com, without a path",
                "claude.gateway.cors.origins | https://a.example/ | expected origins",
                "claude.split.strategy | slow | expected one of stream, whole, auto",
                "claude.split.pacing | fast | expected one of off, sinks, all",
                "claude.split.max-event-bytes | 10 | from 1024",
                "claude.sources.inbox.strategy | slow | expected one of stream, whole, auto",
                "claude.sources.inbox.format | xml | expected one of auto, text, json",
                "claude.sources.inbox.cache | maybe | expected one of use, refresh, bypass",
                "claude.sources.inbox.sinks | nowhere | there is no sink nowhere (claude.sinks.nowhere.uri is not set)",
                "claude.fan-out.sinks | nowhere | there is no sink nowhere",
                "claude.sinks.answers.on-failure | cry | expected one of keep, fail, dead-letter, ignore",
                "claude.sinks.answers.on-failure | dead-letter | claude.sinks.answers.dead-letter is missing",
                "claude.sinks.answers.buffer | 0 | from 1",
                "claude.simulator.port | 70000 | from 0 to 65535",
                "claude.simulator.straggler-factor | 0.5 | a number from 1 to 100",
                "claude.simulator.first-token-percent | 100 | a number from 0 to 95",
                "claude.redact.thinking | maybe | expected one of pass, drop",
                "claude.redact.patterns.x.max-length | 0 | from 1 to 10000"
            })
    void a_wrong_value_is_named_with_its_key_and_what_was_expected(String key, String value, String expected) {
        assertThatThrownBy(() -> with(key, value))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(key + (key.endsWith(".sinks") ? "" : "=" + value))
                .hasMessageContaining(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "jwt | claude.credentials.other.key is missing: expected a secret of at least 32 bytes",
                "jwt | claude.credentials.other.issuer is missing",
                "client-credentials | claude.credentials.other.key is missing: expected the secret of the client",
                "client-credentials | claude.credentials.other.client-id is missing",
                "client-credentials | claude.credentials.other.token-url is missing",
                "federation | claude.credentials.other.identity-token-file is missing",
                "federation | claude.credentials.other.federation-rule is missing",
                "federation | claude.credentials.other.organization is missing"
            })
    void what_a_kind_of_credential_needs_is_asked_for(String kind, String asked) {
        Map<String, String> values = new HashMap<>(packaged());
        values.replaceAll((key, value) -> value.startsWith("{{") ? "" : value);
        values.put("claude.credentials.other.kind", kind);

        assertThatThrownBy(() -> ClaudeSettings.of(values))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(asked);
    }

    @Test
    void a_setting_of_another_kind_of_credential_is_told_and_not_shown() {
        assertThatThrownBy(() -> with("claude.credentials.main.identity-token", "eyJ-secret"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(
                        "claude.credentials.main.identity-token: it is for kind=federation, and the kind is api-key")
                .hasMessageNotContaining("eyJ-secret");
    }

    @ParameterizedTest
    @CsvSource({
        "http://tokens.example.com/token, expected https",
        "https://me:secret@tokens.example.com/token, without a name or a password"
    })
    void a_secret_is_sent_nowhere_unprotected(String url, String told) {
        Map<String, String> values = new HashMap<>(packaged());
        values.put("claude.credentials.main.kind", "client-credentials");
        values.put("claude.credentials.main.client-id", "us");
        values.put("claude.credentials.main.token-url", url);

        assertThatThrownBy(() -> ClaudeSettings.of(values))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("claude.credentials.main.token-url")
                .hasMessageContaining(told)
                .hasMessageNotContaining("me:secret");
    }

    @ParameterizedTest
    @CsvSource({
        "claude.cash.enabled, claude.cache.enabled",
        "claude.cache.enable, claude.cache.enabled",
        "claude.sinks.answers.chunk, claude.sinks.answers.chunks",
        "claude.source.inbox.uri, claude.sources.inbox.uri",
        "claude.endpoint.primary.url, claude.endpoints.primary.url",
        "claude.endpoints.primary.urll, claude.endpoints.primary.url",
        "claude.endpoints.primary.idle.timeout, claude.endpoints.primary.idle-timeout",
        "claude.redact.cards.enabled, claude.redact.card.enabled"
    })
    void a_misspelt_key_is_named_with_the_nearest_right_one(String key, String nearest) {
        assertThatThrownBy(() -> with(key, "true"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(key + " is not a setting; did you mean " + nearest + "?");
    }

    @Test
    void a_key_of_the_api_that_was_pasted_wrongly_is_told_without_being_shown() {
        assertThatThrownBy(() -> with("claude.credentials.main.key", "\"sk-ant-secret\""))
                .hasMessageContaining("claude.credentials.main.key: the key holds a space, a quote")
                .hasMessageNotContaining("secret");
    }

    @Test
    void the_simulators_capacity_is_read() {
        Map<String, String> values = new HashMap<>(packaged());
        values.putAll(Map.of(
                "claude.simulator.slots", "10",
                "claude.simulator.reply-tokens", "63",
                "claude.simulator.first-token-percent", "30",
                "claude.simulator.straggler-percent", "2",
                "claude.simulator.handshake", "150ms"));

        assertThat(ClaudeSettings.of(values).operation().simulator().capacity())
                .isEqualTo(new BundledSimulatorSettings.Capacity(10, 63, 0.47, 30, 2, 5, Duration.ofMillis(150)));
    }

    @Test
    void the_simulators_faults_are_shares_of_its_calls() {
        ClaudeSettings settings = with("claude.simulator.faults", "status-529=5, reset-3=0.5");

        assertThat(settings.operation().simulator().faults()).isEqualTo(Map.of("status-529", 5.0, "reset-3", 0.5));
    }

    @Test
    void a_key_that_is_near_to_nothing_is_named_alone() {
        assertThatThrownBy(() -> with("claude.x", "true")).hasMessage("claude.x is not a setting");
    }

    @Test
    void all_mistakes_are_told_at_once() {
        Map<String, String> values = new HashMap<>(packaged());
        values.put("claude.cache.enabled", "maybe");
        values.put("claude.call.max-attempts", "0");
        values.put("claude.cash.enabled", "true");

        assertThatThrownBy(() -> ClaudeSettings.of(values))
                .hasMessageContainingAll(
                        "claude.cache.enabled=maybe", "claude.call.max-attempts=0", "claude.cash.enabled");
    }

    @Test
    void callers_own_credentials_go_to_no_second_host() {
        Map<String, String> values = new HashMap<>(packaged());
        values.put("claude.gateway.pass-through.enabled", "true");
        values.put("claude.endpoints.second.url", "https://claude.example.com");

        assertThatThrownBy(() -> ClaudeSettings.of(values))
                .isInstanceOf(SettingsException.class)
                .hasMessageContainingAll(
                        "claude.gateway.pass-through.enabled=true",
                        "claude.endpoints.primary.url is at api.anthropic.com",
                        "claude.endpoints.second.url is at claude.example.com");
    }

    @Test
    void callers_own_credentials_may_go_to_several_endpoints_on_one_host() {
        Map<String, String> values = new HashMap<>(packaged());
        values.put("claude.gateway.pass-through.enabled", "true");
        values.put("claude.endpoints.second.url", "https://API.anthropic.com:8443/eu");

        assertThat(ClaudeSettings.of(values).servers().gateway().access().passThrough())
                .isTrue();
    }

    @Test
    void a_sink_without_a_uri_is_a_mistake() {
        assertThatThrownBy(() -> with("claude.sinks.other.chunks", "true"))
                .hasMessageContaining("claude.sinks.other.uri");
    }

    @ParameterizedTest
    @CsvSource({
        "claude.console.password, short, expected at least 12 characters",
        "claude.console.trace-url, https://jaeger.example.com/trace/, expected http or https with {trace}",
        "claude.console.trace-url, javascript:alert({trace}), expected http or https with {trace}"
    })
    void the_console_takes_no_short_password_and_no_link_without_a_trace(String key, String value, String why) {
        assertThatThrownBy(() -> with(key, value))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(why);
    }

    @Test
    void the_password_of_the_console_shows_in_no_text() {
        ConsoleSettings console =
                with("claude.console.password", "a password of tests").servers().console();

        assertThat(console.password()).contains("a password of tests");
        assertThat(console.toString()).doesNotContain("tests");
        assertThatThrownBy(() -> with("claude.console.password", "hunter2"))
                .isInstanceOf(SettingsException.class)
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void a_name_with_odd_letters_is_a_mistake() {
        assertThatThrownBy(() -> with("claude.sinks.my sink.uri", "mock:a"))
                .hasMessageContaining("claude.sinks.my sink: a name is made of letters, digits, - and _");
    }

    @Test
    void no_key_shows_in_the_settings_as_text() {
        ClaudeSettings settings = with("claude.credentials.main.key", "sk-ant-secret");

        assertThat(settings.toString()).contains("key=set").doesNotContain("sk-ant-secret");
    }

    @Test
    void no_password_of_the_ledger_shows_in_the_settings_or_in_a_mistake() {
        assertThat(with("claude.ledger.password", "pg-secret").toString()).doesNotContain("pg-secret");
        assertThatThrownBy(() -> with("claude.ledger.url", "jdbc:postgresql://host/books?password=pg-secret"))
                .hasMessageContaining("claude.ledger.password")
                .hasMessageNotContaining("pg-secret");
        assertThatThrownBy(() -> with("claude.ledger.url", "jdbc:oracle:pg-secret"))
                .hasMessageContaining("expected jdbc:postgresql://")
                .hasMessageNotContaining("pg-secret");
    }

    @Nested
    class When_a_setting_is_made_in_several_places {

        private final DefaultCamelContext context = new DefaultCamelContext(false);
        private final Properties application = new Properties();
        private final Properties system = new Properties();
        private final Map<String, String> environment = new HashMap<>();

        private Map<String, String> gathered() {
            context.getPropertiesComponent().setInitialProperties(application);
            return PropertySources.of(context, environment, system);
        }

        @Test
        void a_key_in_the_environment_is_read_without_camel_which_would_log_it() {
            environment.put("ANTHROPIC_API_KEY", "sk-ant-from-the-environment-of-this-test");

            assertThat(gathered())
                    .containsEntry("claude.credentials.main.key", "sk-ant-from-the-environment-of-this-test");
        }

        @Test
        void the_command_line_finds_the_ledger_as_the_bundle_does() {
            system.setProperty("claude.ledger.url", "jdbc:postgresql://host/books");
            system.setProperty("claude.ledger.password", "{{env:PGPASSWORD:}}");
            environment.put("PGPASSWORD", "from the environment");
            environment.put("CLAUDE_LEDGER_USER", "keeper");

            assertThat(PropertySources.ofStores(environment, system))
                    .containsOnly(
                            Map.entry("claude.data", "data"),
                            Map.entry("claude.ledger.url", "jdbc:postgresql://host/books"),
                            Map.entry("claude.ledger.user", "keeper"),
                            Map.entry("claude.ledger.password", "from the environment"));
        }

        @Test
        void the_packaged_one_counts_if_there_is_no_other() {
            assertThat(gathered()).containsEntry("claude.cache.time-to-live", "60s");
        }

        @Test
        void the_applications_own_counts_more() {
            application.setProperty("claude.cache.time-to-live", "1s");

            assertThat(gathered()).containsEntry("claude.cache.time-to-live", "1s");
        }

        @Test
        void a_system_property_counts_more_than_that() {
            application.setProperty("claude.cache.time-to-live", "1s");
            system.setProperty("claude.cache.time-to-live", "2s");

            assertThat(gathered()).containsEntry("claude.cache.time-to-live", "2s");
        }

        @Test
        void the_environment_counts_most() {
            application.setProperty("claude.cache.time-to-live", "1s");
            system.setProperty("claude.cache.time-to-live", "2s");
            environment.put("CLAUDE_CACHE_TIME_TO_LIVE", "3s");

            assertThat(gathered()).containsEntry("claude.cache.time-to-live", "3s");
        }

        @Test
        void a_variable_names_a_named_thing_as_it_is_known() {
            application.setProperty("claude.sinks.MyOwn_sink.uri", "mock:a");
            environment.put("CLAUDE_SINKS_MYOWN_SINK_URI", "mock:b");

            assertThat(gathered()).containsEntry("claude.sinks.MyOwn_sink.uri", "mock:b");
        }

        @Test
        void a_variable_names_a_new_thing_in_lower_case() {
            environment.put("CLAUDE_SINKS_OTHER_PLACE_URI", "mock:b");

            assertThat(gathered()).containsEntry("claude.sinks.other-place.uri", "mock:b");
        }

        @Test
        void a_variable_of_somebody_else_says_nothing() {
            environment.put("CLAUDE_CODE_SOMETHING", "1");

            assertThat(ClaudeSettings.of(gathered())).isNotNull();
        }

        @Test
        void a_foreign_application_gets_no_source_and_no_sink_of_ours() {
            ClaudeSettings settings = ClaudeSettings.of(gathered());

            assertThat(settings.prompts().sources()).isEmpty();
            assertThat(settings.delivery().sinks()).isEmpty();
            assertThat(settings.delivery().fanOut().sinks()).isEmpty();
        }

        @Test
        void a_placeholder_is_resolved() {
            try (Bundle bundle = Bundle.callingUrl("http://127.0.0.1:9")
                    .with("of.mine", "mine")
                    .with("claude.sinks.answers.uri", "mock:{{of.mine}}")
                    .with("claude.fan-out.sinks", "{{of.nobody:answers}}")) {

                assertThat(bundle.context().getStatus().isStarted()).isTrue();
            }
        }

        @Test
        void a_placeholder_without_a_value_is_named() {
            system.setProperty("claude.cache.time-to-live", "{{of.nobody}}");

            assertThatThrownBy(this::gathered)
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("claude.cache.time-to-live={{of.nobody}}");
        }
    }
}
