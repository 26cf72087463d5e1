package io.clauderoutes.source;

import static io.clauderoutes.support.StubReply.error;
import static io.clauderoutes.support.StubReply.says;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.clauderoutes.support.Broker;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Patience;
import io.clauderoutes.support.StubClaude;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.Session;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.ftpserver.FtpServer;
import org.apache.ftpserver.FtpServerFactory;
import org.apache.ftpserver.listener.Listener;
import org.apache.ftpserver.listener.ListenerFactory;
import org.apache.ftpserver.usermanager.impl.BaseUser;
import org.apache.ftpserver.usermanager.impl.WritePermission;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/** A prompt that fails for good is a dead letter whatever its body is, and is not paid for again. */
@Timeout(120)
class DeadLetterBodiesTest {

    @RegisterExtension
    static final Broker BROKER = new Broker(4712);

    @RegisterExtension
    @Order(1)
    final StubClaude claude = new StubClaude();

    @RegisterExtension
    @Order(2)
    final Bundle bundle = Bundle.callingPlainly(claude).with("claude.call.max-attempts", "1");

    @TempDir
    Path home;

    private Path dead;

    @BeforeEach
    void bad_prompts_are_refused_and_others_are_answered() {
        dead = home.resolve("dead");
        bundle.withBean("jms", JmsComponent.jmsComponentAutoAcknowledge(BROKER.connections()))
                .with("claude.data", home.resolve("data").toString())
                .with("claude.sources.in.sinks", "out")
                .with("claude.sinks.out.uri", "seda:replies-" + home.getFileName());
        claude.whenPromptHas("bad", error(400, "invalid_request_error"));
        claude.always(says("Very deep."));
    }

    private Exchange reply() {
        return bundle.received("seda:replies-" + home.getFileName());
    }

    private static void until(Patience.Condition condition) {
        Patience.until(condition, Duration.ofSeconds(30), () -> "nothing");
    }

    private List<String> letters() throws IOException {
        try (Stream<Path> all = Files.list(dead)) {
            return all.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private String letter(String suffix) throws IOException {
        until(() -> Files.exists(dead) && letters().stream().anyMatch(name -> name.endsWith(suffix)));
        String name = letters().stream()
                .filter(file -> file.endsWith(suffix))
                .findFirst()
                .orElseThrow();
        until(() -> Files.size(dead.resolve(name)) > 0);
        return Files.readString(dead.resolve(name));
    }

    private void assertReason(Message letter) {
        assertThat(letter.getHeader("ClaudeError", String.class)).contains("invalid_request_error");
        assertThat(letter.getHeader("ClaudeErrorType")).isEqualTo("invalid_request_error");
        assertThat(letter.getHeader("ClaudeErrorStatus", Integer.class)).isEqualTo(400);
    }

    @Nested
    class Rows_of_a_database {

        private final SQLiteDataSource database = new SQLiteDataSource();

        @BeforeEach
        void there_is_a_table() throws SQLException {
            database.setUrl("jdbc:sqlite:" + home.resolve("prompts.db"));
            execute("CREATE TABLE prompts (id INTEGER PRIMARY KEY, text TEXT, state TEXT DEFAULT 'new')");
            execute("INSERT INTO prompts (id, text) VALUES (1, 'bad question'), (2, 'How deep?')");
            bundle.withBean("database", database)
                    .with(
                            "claude.sources.in.uri",
                            "sql:SELECT id, text FROM prompts WHERE state = 'new' ORDER BY id?dataSource=#database"
                                    + "&initialDelay=0&delay=50&onConsume=UPDATE prompts SET state = 'done' WHERE id = :#id");
        }

        private void execute(String sql) throws SQLException {
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.executeUpdate(sql);
            }
        }

        private String states() throws SQLException {
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT group_concat(state) FROM prompts")) {
                return rows.getString(1);
            }
        }

        @Test
        void go_to_a_folder_as_json() throws Exception {
            bundle.with("claude.sources.in.dead-letter", "file:" + dead);

            assertThat(reply().getMessage().getBody()).isEqualTo("Very deep.");

            until(() -> states().equals("done,done"));
            assertThat(letter(".reason.txt")).contains("invalid_request_error");
            assertThat(letters()).hasSize(2);
            assertThat(dead.resolve(letters().get(0))).content().isEqualTo("{\"id\":1,\"text\":\"bad question\"}");
            assertThat(claude.requests()).hasSize(2);
        }

        @Test
        void go_to_a_queue_as_json() throws Exception {
            bundle.with("claude.sources.in.dead-letter", "jms:queue:rows-dead");

            Message letter = bundle.received("jms:queue:rows-dead").getMessage();

            assertThat(letter.getBody()).isEqualTo("{\"id\":1,\"text\":\"bad question\"}");
            assertReason(letter);
            until(() -> states().equals("done,done"));
            assertThat(claude.requests()).hasSize(2);
        }

        @Test
        void go_to_another_table_with_their_columns() throws Exception {
            execute("CREATE TABLE dead (id INTEGER, text TEXT, reason TEXT)");
            bundle.with(
                    "claude.sources.in.dead-letter",
                    "sql:INSERT INTO dead VALUES (:#id, :#text, :#${header.ClaudeError})?dataSource=#database");

            reply();
            until(() -> states().equals("done,done"));

            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT id, text, reason FROM dead")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString("text")).isEqualTo("bad question");
                assertThat(rows.getString("reason")).contains("invalid_request_error");
            }
        }

        @Test
        void are_not_paid_for_again_while_the_dead_letters_cannot_be_written() throws Exception {
            Files.writeString(dead, "a file in place of the folder");
            bundle.with("claude.sources.in.dead-letter", "file:" + dead);
            assertThat(reply().getMessage().getBody()).isEqualTo("Very deep.");
            until(() -> states().equals("new,done"));
            execute("INSERT INTO prompts (id, text) VALUES (3, 'How high?')");
            reply();

            Files.delete(dead);

            until(() -> states().equals("done,done,done"));
            assertThat(letter(".reason.txt")).contains("invalid_request_error");
            assertThat(claude.requests()).hasSize(3);
        }

        @Test
        void are_not_paid_for_again_where_there_are_no_dead_letters() throws Exception {
            bundle.context();
            reply();
            until(() -> states().equals("new,done"));

            execute("INSERT INTO prompts (id, text) VALUES (3, 'How high?')");
            reply();

            assertThat(claude.requests()).hasSize(3);
        }
    }

    @Nested
    class Files_of_an_ftp_server {

        @Test
        void go_to_a_folder_and_are_called_as_they_were() throws Exception {
            try (Ftp ftp = new Ftp(home.resolve("ftp"))) {
                ftp.put("bad.txt", "bad question");
                bundle.with("claude.sources.in.uri", ftp.uri("&move=.done"))
                        .with("claude.sources.in.dead-letter", "file:" + dead);
                bundle.context();

                assertThat(letter("bad.txt.reason.txt")).contains("invalid_request_error");
                ftp.put("good.txt", "How deep?");
                reply();

                assertThat(letter("bad.txt")).isEqualTo("bad question");
                assertThat(letters()).containsExactly("bad.txt", "bad.txt.reason.txt");
                until(() -> ftp.has(".done/bad.txt") && ftp.has(".done/good.txt"));
                assertThat(claude.requests()).hasSize(2);
            }
        }

        @Test
        void go_to_a_queue_also_where_they_are_streamed() throws Exception {
            try (Ftp ftp = new Ftp(home.resolve("ftp"))) {
                ftp.put("bad.txt", "bad question");
                bundle.with("claude.sources.in.uri", ftp.uri("&delete=true&streamDownload=true&stepwise=false"))
                        .with("claude.sources.in.dead-letter", "jms:queue:ftp-dead");

                Message letter = bundle.received("jms:queue:ftp-dead").getMessage();

                assertThat(letter.getBody(String.class)).isEqualTo("bad question");
                assertThat(letter.getHeader("ClaudeName")).isEqualTo("bad.txt");
                assertReason(letter);
                until(() -> !ftp.has("bad.txt"));
                assertThat(claude.requests()).hasSize(1);
            }
        }
    }

    @Nested
    class Mails {

        @Test
        void go_to_a_folder_with_their_attachments() throws Exception {
            GreenMail mail = new GreenMail(new ServerSetup[] {
                new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP),
                new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_IMAP)
            });
            mail.start();
            try {
                mail.setUser("in@example.com", "in", "secret");
                deliver(mail, "bad question", "../notes.txt", "see below");
                bundle.with(
                                "claude.sources.in.uri",
                                "imap:127.0.0.1:" + mail.getImap().getPort()
                                        + "?username=in&password=secret&initialDelay=0&delay=50&delete=true")
                        .with("claude.sources.in.dead-letter", "file:" + dead);
                bundle.context();

                assertThat(letter(".reason.txt")).contains("invalid_request_error");
                until(() -> letters().size() == 3);

                assertThat(letter("-notes.txt")).isEqualTo("see below");
                assertThat(dead.resolve(letters().get(0))).content().contains("bad question");
                until(() -> mail.getReceivedMessages().length == 0);
                assertThat(claude.requests()).hasSize(1);
            } finally {
                mail.stop();
            }
        }

        private void deliver(GreenMail mail, String text, String name, String attached) throws Exception {
            Properties properties = new Properties();
            properties.put("mail.smtp.host", "127.0.0.1");
            properties.put("mail.smtp.port", mail.getSmtp().getPort());
            MimeMessage message = new MimeMessage(Session.getInstance(properties));
            message.setFrom(new InternetAddress("out@example.com"));
            message.setRecipient(RecipientType.TO, new InternetAddress("in@example.com"));
            message.setSubject("A question");
            MimeBodyPart body = new MimeBodyPart();
            body.setText(text);
            MimeBodyPart part = new MimeBodyPart();
            part.setText(attached);
            part.setFileName(name);
            message.setContent(new MimeMultipart(body, part));
            jakarta.mail.Transport.send(message);
        }
    }

    @Test
    void a_stream_goes_whole_to_the_dead_letters() {
        String source = "seda:stream-" + home.getFileName();
        bundle.with("claude.sources.in.uri", source).with("claude.sources.in.dead-letter", "jms:queue:stream-dead");

        bundle.post(source, new ByteArrayInputStream("bad question".getBytes(UTF_8)), Map.of());

        assertThat(bundle.received("jms:queue:stream-dead").getMessage().getBody(String.class))
                .isEqualTo("bad question");
    }

    @Test
    void a_stream_that_is_too_long_goes_whole_to_the_dead_letters() throws Exception {
        String source = "seda:long-" + home.getFileName();
        bundle.with("claude.sources.in.uri", source)
                .with("claude.source.max-bytes", "10")
                .with("claude.sources.in.dead-letter", "file:" + dead);

        bundle.post(source, new ByteArrayInputStream("a longer question".getBytes(UTF_8)), Map.of());

        assertThat(letter(".reason.txt")).contains("claude.source.max-bytes=10");
        assertThat(dead.resolve(letters().get(0))).content().isEqualTo("a longer question");
        assertThat(claude.requests()).isEmpty();
    }

    /** A real FTP server with one user. */
    private static final class Ftp implements AutoCloseable {
        private final Path folder;
        private final FtpServer server;
        private final Listener listener;

        Ftp(Path folder) throws Exception {
            this.folder = Files.createDirectories(folder);
            FtpServerFactory factory = new FtpServerFactory();
            ListenerFactory port = new ListenerFactory();
            port.setServerAddress("127.0.0.1");
            port.setPort(0);
            listener = port.createListener();
            factory.addListener("default", listener);
            BaseUser user = new BaseUser();
            user.setName("in");
            user.setPassword("secret");
            user.setHomeDirectory(folder.toString());
            user.setAuthorities(List.of(new WritePermission()));
            factory.getUserManager().save(user);
            server = factory.createServer();
            server.start();
        }

        String uri(String options) {
            return "ftp:in@127.0.0.1:" + listener.getPort()
                    + "/?password=secret&passiveMode=true&initialDelay=0&delay=50" + options;
        }

        void put(String name, String text) throws IOException {
            Path partial = Files.writeString(folder.resolveSibling(name), text);
            Files.move(partial, folder.resolve(name));
        }

        boolean has(String name) {
            return Files.exists(folder.resolve(name));
        }

        @Override
        public void close() {
            server.stop();
        }
    }
}
