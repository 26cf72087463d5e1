package io.clauderoutes.springboot;

import org.apache.camel.spi.PropertiesSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Lets a Camel context of Spring Boot read {@code claude.*} from the environment: {@code application.yml}, profiles, command
 * line. The rest is the same as in any Camel application.
 */
@AutoConfiguration(beforeName = "org.apache.camel.spring.boot.CamelAutoConfiguration")
@ConditionalOnClass(name = "org.apache.camel.spring.boot.CamelAutoConfiguration")
public class ClaudeAutoConfiguration {

    /** Made by Spring. */
    public ClaudeAutoConfiguration() {}

    /** The settings. Camel finds this source by its type. */
    @Bean
    public PropertiesSource claudeEnvironmentSettings(ConfigurableEnvironment environment) {
        return new EnvironmentSettings(environment);
    }
}
