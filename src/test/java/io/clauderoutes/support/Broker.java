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

    private static final int DELIVERIES = 3;

    /** A queue with as many deliveries as a broker allows by default: each kill of a client is one. */
    public static final String KILLED = "kill-prompts";

    private static final int DELIVERIES_WITH_KILLS = 10;

    private final int number;
    private final int port = FreePort.next();
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
                                .setMaxDeliveryAttempts(DELIVERIES)
                                .setDeadLetterAddress(SimpleString.of("dead"))
                                .setAutoCreateDeadLetterResources(false))
                .addAddressSetting(KILLED, new AddressSettings().setMaxDeliveryAttempts(DELIVERIES_WITH_KILLS))
                .addQueueConfiguration(QueueConfiguration.of("dead").setRoutingType(RoutingType.ANYCAST))
                .addAcceptorConfiguration("in-vm", "vm://" + number)
                .addAcceptorConfiguration("tcp", "tcp://127.0.0.1:" + port));
        broker.start();
        connections = new ActiveMQConnectionFactory("vm://" + number);
    }

    /** How many messages of a queue are not acknowledged; messages that were delivered are among them. */
    public long messages(String queue) {
        Queue found = broker.getActiveMQServer().locateQueue(queue);
        return found == null ? 0 : found.getMessageCount();
    }

    /** Where clients of other processes connect. They fetch no message before they can work on it. */
    public String url() {
        return "tcp://127.0.0.1:" + port + "?consumerWindowSize=0";
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
