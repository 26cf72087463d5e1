package io.clauderoutes.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/** A real Kafka (one node, KRaft) in a process of its own. */
public final class KafkaServer implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(90);
    private static final String CLUSTER = "fCt3wSEcSy6iN8mP4dYpAQ";

    private final String brokers;
    private final ChildJvm process;

    private KafkaServer(String brokers, ChildJvm process) {
        this.brokers = brokers;
        this.process = process;
    }

    /** Starts a server whose log is in a folder, and waits until it takes records. */
    public static KafkaServer start(Path folder) {
        int port = FreePort.next();
        ChildJvm process = ChildJvm.start(
                KafkaServer.class,
                folder.resolve("kafka.log"),
                Integer.toString(port),
                Integer.toString(FreePort.next()),
                folder.resolve("kafka").toString());
        KafkaServer server = new KafkaServer("127.0.0.1:" + port, process);
        Patience.until(() -> server.answers(), START, process::trouble);
        return server;
    }

    /**
     * The process of the server.
     *
     * @param args the port of clients, the port of the controller and the folder of the log
     */
    public static void main(String... args) throws Exception {
        ChildJvm.endWithTheTest();
        Properties properties = new Properties();
        properties.putAll(Map.ofEntries(
                Map.entry("process.roles", "broker,controller"),
                Map.entry("node.id", "1"),
                Map.entry("controller.quorum.voters", "1@127.0.0.1:" + args[1]),
                Map.entry("listeners", "PLAINTEXT://127.0.0.1:" + args[0] + ",CONTROLLER://127.0.0.1:" + args[1]),
                Map.entry("advertised.listeners", "PLAINTEXT://127.0.0.1:" + args[0]),
                Map.entry("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
                Map.entry("controller.listener.names", "CONTROLLER"),
                Map.entry("log.dirs", args[2]),
                Map.entry("offsets.topic.replication.factor", "1"),
                Map.entry("offsets.topic.num.partitions", "1"),
                Map.entry("transaction.state.log.replication.factor", "1"),
                Map.entry("transaction.state.log.min.isr", "1"),
                Map.entry("group.initial.rebalance.delay.ms", "0"),
                Map.entry("group.min.session.timeout.ms", "500")));
        new Formatter()
                .setClusterId(CLUSTER)
                .setNodeId(1)
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(args[2])
                .addDirectory(args[2])
                .run();
        KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties), Time.SYSTEM);
        server.startup();
        server.awaitShutdown();
    }

    /** Host and port for clients. */
    public String brokers() {
        return brokers;
    }

    private Map<String, Object> client() {
        return Map.of("bootstrap.servers", brokers, "default.api.timeout.ms", 10_000, "request.timeout.ms", 5_000);
    }

    private boolean answers() throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(client())) {
            return !admin.describeCluster().nodes().get().isEmpty();
        }
    }

    /** Makes topics of one partition, and writes records into the first. */
    public void write(String topic, String other, List<String> texts) {
        try (Admin admin = Admin.create(client());
                KafkaProducer<String, String> producer =
                        new KafkaProducer<>(client(), new StringSerializer(), new StringSerializer())) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1), new NewTopic(other, 1, (short) 1)))
                    .all()
                    .get();
            List<Future<RecordMetadata>> sent = texts.stream()
                    .map(text -> producer.send(new ProducerRecord<>(topic, text)))
                    .toList();
            for (Future<RecordMetadata> record : sent) {
                record.get();
            }
        } catch (ExecutionException failure) {
            throw new UncheckedIOException(new IOException(failure));
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    /** Texts of all records of a topic of one partition. */
    public List<String> read(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        List<String> texts = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(client(), new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            consumer.seekToBeginning(List.of(partition));
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<String, String> found : consumer.poll(Duration.ofSeconds(1))) {
                    texts.add(found.value());
                }
            }
        }
        return texts;
    }

    /** The offset that a group has committed for a topic of one partition; 0 before the first. */
    public long committed(String group, String topic) {
        try (Admin admin = Admin.create(client())) {
            OffsetAndMetadata offset = admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .get(new TopicPartition(topic, 0));
            return offset == null ? 0 : offset.offset();
        } catch (ExecutionException failure) {
            throw new UncheckedIOException(new IOException(failure));
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
