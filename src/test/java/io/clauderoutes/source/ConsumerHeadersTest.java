package io.clauderoutes.source;

import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.StubClaude;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.ScheduledPollConsumer;
import org.apache.camel.support.ScheduledPollEndpoint;
import org.apache.camel.support.SynchronizationAdapter;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Consumers such as that of S3 delete what they have read by headers of the message. */
class ConsumerHeadersTest {

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude);

    /** Objects with keys. An object stays until it is deleted by the header with its key. */
    private static final class StoreComponent extends DefaultComponent {
        private final Queue<String> keys = new ConcurrentLinkedQueue<>(java.util.List.of("a.txt"));

        @Override
        protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
            return new StoreEndpoint(uri, this);
        }
    }

    private static final class StoreEndpoint extends ScheduledPollEndpoint {
        private final StoreComponent store;

        StoreEndpoint(String uri, StoreComponent store) {
            super(uri, store);
            this.store = store;
        }

        @Override
        public Producer createProducer() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Consumer createConsumer(Processor processor) throws Exception {
            StoreConsumer consumer = new StoreConsumer(this, processor);
            consumer.setInitialDelay(0);
            consumer.setDelay(10);
            return consumer;
        }
    }

    private static final class StoreConsumer extends ScheduledPollConsumer {
        private final StoreEndpoint endpoint;

        StoreConsumer(StoreEndpoint endpoint, Processor processor) {
            super(endpoint, processor);
            this.endpoint = endpoint;
        }

        @Override
        protected int poll() throws Exception {
            for (String key : endpoint.store.keys) {
                Exchange exchange = createExchange(true);
                exchange.getIn().setBody("How deep?");
                exchange.getIn().setHeader("StoreKey", key);
                exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
                    @Override
                    public void onComplete(Exchange done) {
                        String read = done.getIn().getHeader("StoreKey", "no key", String.class);
                        endpoint.store.keys.remove(read);
                    }
                });
                getProcessor().process(exchange);
            }
            return endpoint.store.keys.size();
        }
    }

    @Test
    void a_consumer_finds_what_it_has_read_by_its_own_headers() {
        StoreComponent store = new StoreComponent();
        claude.always(says("Very deep."));
        bundle.withBean("store", store)
                .with("claude.sources.in.uri", "store:objects")
                .with("claude.sources.in.sinks", "out")
                .with("claude.sinks.out.uri", "seda:store-replies");

        Exchange reply = bundle.received("seda:store-replies");

        Bundle.until(store.keys::isEmpty);
        assertThat(reply.getMessage().getHeaders()).doesNotContainKey("StoreKey");
        assertThat(claude.requests()).hasSize(1);
    }
}
