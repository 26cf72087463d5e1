package io.clauderoutes.support;

import jakarta.jms.ConnectionFactory;
import org.apache.activemq.artemis.api.core.QueueConfiguration;
import org.apache.activemq.artemis.api.core.RoutingType;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.Queue;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A real JMS broker in this JVM, for all tests of a class. */
public final class Broker implements BeforeAllCallback, AfterAllCallback {

    private final int number;
    private final EmbeddedActiveMQ broker = new EmbeddedActiveMQ();
    private ActiveMQConnectionFactory connections;

    /** A broker with a number that no other in this JVM has. */
    public Broker(int number) {
        this.number = number;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        broker.setConfiguration(new ConfigurationImpl()
                .setPersistenceEnabled(false)
                .setSecurityEnabled(false)
                .setJMXManagementEnabled(false)
                .addAddressSetting(
                        "#",
                        new AddressSettings()
                                .setMaxDeliveryAttempts(3)
                                .setDeadLetterAddress(SimpleString.of("dead"))
                                .setAutoCreateDeadLetterResources(false))
                .addQueueConfiguration(QueueConfiguration.of("dead").setRoutingType(RoutingType.ANYCAST))
                .addAcceptorConfiguration("in-vm", "vm://" + number));
        broker.start();
        connections = new ActiveMQConnectionFactory("vm://" + number);
    }

    /** How many messages of a queue are not acknowledged; messages that were delivered are among them. */
    public long messages(String queue) {
        Queue found = broker.getActiveMQServer().locateQueue(queue);
        return found == null ? 0 : found.getMessageCount();
    }

    public ConnectionFactory connections() {
        return connections;
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        connections.close();
        broker.stop();
    }
}
