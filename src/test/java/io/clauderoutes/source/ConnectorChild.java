package io.clauderoutes.source;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.ChildJvm;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.component.kafka.KafkaComponent;

/** A process that works on the prompts of a broker until it is killed. */
final class ConnectorChild {

    private ConnectorChild() {}

    /**
     * Begins to work.
     *
     * @param args the API's URL, the broker (a URL of JMS, or host and port of Kafka), and settings as name=value
     */
    public static void main(String... args) throws InterruptedException {
        ChildJvm.endWithTheTest();
        Bundle bundle =
                Bundle.callingUrl(args[0]).with("claude.ledger.enabled", "true").with("claude.cache.enabled", "false");
        if (args[1].startsWith("tcp:")) {
            bundle.withBean("jms", JmsComponent.jmsComponentAutoAcknowledge(new ActiveMQConnectionFactory(args[1])));
        } else {
            KafkaComponent kafka = new KafkaComponent();
            kafka.getConfiguration().setBrokers(args[1]);
            bundle.withBean("kafka", kafka);
        }
        for (int i = 2; i < args.length; i++) {
            String[] setting = args[i].split("=", 2);
            bundle.with(setting[0], setting[1]);
        }
        bundle.context();
        Thread.currentThread().join();
    }
}
