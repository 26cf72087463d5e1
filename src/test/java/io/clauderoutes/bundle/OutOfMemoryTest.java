package io.clauderoutes.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;

class OutOfMemoryTest {

    private final List<Integer> ended = new ArrayList<>();
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final OutOfMemory outOfMemory =
            new OutOfMemory(new PrintStream(said, true, StandardCharsets.UTF_8), ended::add);

    @Test
    void a_failure_for_want_of_memory_ends_the_process_however_deep_it_is() {
        outOfMemory.look(new IllegalStateException(new RuntimeException(new OutOfMemoryError("Java heap space"))));

        assertThat(ended).containsExactly(3);
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("-Xmx", "claude.gateway.max-request-bytes");
    }

    @Test
    void any_other_failure_does_not() {
        outOfMemory.look(new IllegalStateException("other"));

        assertThat(ended).isEmpty();
    }

    @Test
    void an_exchange_that_failed_for_want_of_memory_ends_it_too() throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.getManagementStrategy().addEventNotifier(outOfMemory);
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:a")
                            .process(exchange -> exchange.setException(
                                    new RuntimeException(new OutOfMemoryError("Java heap space"))));
                }
            });
            context.start();

            context.createProducerTemplate().send("direct:a", exchange -> {});
        }

        assertThat(ended).contains(3);
    }
}
