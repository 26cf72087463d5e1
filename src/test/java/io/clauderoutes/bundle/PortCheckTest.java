package io.clauderoutes.bundle;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.settings.SettingsException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Properties;
import org.apache.camel.CamelContext;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PortCheckTest {

    private ServerSocket taken;

    @BeforeEach
    void somebody_listens() throws IOException {
        taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void nobody_listens() throws IOException {
        taken.close();
    }

    private static CamelContext with(String enabled, String port) {
        Properties settings = new Properties();
        settings.setProperty("camel.server.enabled", enabled);
        settings.setProperty("camel.server.host", "127.0.0.1");
        settings.setProperty("camel.server.port", port);
        CamelContext context = new DefaultCamelContext();
        context.getPropertiesComponent().setInitialProperties(settings);
        return context;
    }

    @Test
    void a_port_that_is_taken_is_told_with_its_setting() {
        String port = Integer.toString(taken.getLocalPort());

        assertThatThrownBy(() -> PortCheck.check(with("true", port)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("camel.server.port=" + port + " cannot be opened on 127.0.0.1");
    }

    @Test
    void a_port_that_is_no_number_is_told() {
        assertThatThrownBy(() -> PortCheck.check(with("true", "http")))
                .hasMessageContaining("camel.server.port=http: expected a port number");
    }

    @Test
    void the_port_of_a_server_that_is_off_does_not_matter() {
        String port = Integer.toString(taken.getLocalPort());

        assertThatCode(() -> PortCheck.check(with("false", port))).doesNotThrowAnyException();
    }
}
