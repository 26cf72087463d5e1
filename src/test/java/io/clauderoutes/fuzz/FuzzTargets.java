package io.clauderoutes.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.Frame;
import io.clauderoutes.agent.output.OutputSchemas;
import io.clauderoutes.call.ResponseHeaders;
import io.clauderoutes.gateway.websocket.ServerMessages;
import io.clauderoutes.message.BatchJson;
import io.clauderoutes.message.ClientMessage;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.MessageJson.JunkFrame;
import io.clauderoutes.message.MessagesRequest;
import io.clauderoutes.message.PlainRequest;
import io.clauderoutes.message.PlainResponse;
import io.clauderoutes.message.Prompt.Strategy;
import io.clauderoutes.message.PromptDialect;
import io.clauderoutes.message.RequestDefaults;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.redact.RedactionPolicy;
import io.clauderoutes.redact.RedactionSettings;
import io.clauderoutes.redact.Redactor;
import io.clauderoutes.request.RequestsInProgress;
import io.clauderoutes.request.TemplateFiller;
import io.clauderoutes.settings.ClaudeSettings;
import io.clauderoutes.source.CheckNames;
import io.clauderoutes.source.PromptReader;
import io.clauderoutes.source.SinkNames;
import io.clauderoutes.source.ToolNames;
import io.clauderoutes.stream.OpenReply;
import io.clauderoutes.stream.ReplyAssembler;
import io.clauderoutes.stream.ReplyReader;
import io.clauderoutes.stream.ReplyStream;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;

/** What reads bytes from outside. Each target fails with nothing but a {@link ClaudeException} that has the API's shape. */
public final class FuzzTargets {

    private static final RequestDefaults DEFAULTS = new RequestDefaults("claude-sonnet-5-5", "Be brief.", 100, true);

    private final MessageJson json = new MessageJson();
    private final CamelContext camel = new DefaultCamelContext(false);
    private final ClaudeSettings settings = packaged();
    private final PromptReader prompts = new PromptReader(
            settings.prompts().source(),
            Strategy.STREAM,
            new PromptReader.Rules(
                    new SinkNames(Set.of("answers"), List.of()),
                    new ToolNames(List.of(), false),
                    new CheckNames(settings),
                    Map.of(),
                    json::outputSchema,
                    TemplateFiller.NONE),
            json,
            () -> "prompt-1",
            () -> 0,
            new RequestsInProgress());
    private final Redactor redactor =
            new Redactor(settings.delivery().redact(), json, new ClaudeMeters(new SimpleMeterRegistry(), () -> 0));
    private final ReplyReader reader = new ReplyReader(json, new PromptDialect(json), 100_000, 1_000_000);
    private final BatchJson batches = new BatchJson(json);
    private final ResponseHeaders responses = new ResponseHeaders();
    private final RedactionPolicy policy = new RedactionPolicy(RedactionSettings.all());

    private static ClaudeSettings packaged() {
        Properties packaged = new Properties();
        try (InputStream in = Files.newInputStream(Path.of("application.properties"))) {
            packaged.load(in);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        Map<String, String> values = new HashMap<>();
        for (String key : packaged.stringPropertyNames()) {
            if (key.startsWith("claude.")) {
                values.put(key, packaged.getProperty(key).startsWith("{{") ? "" : packaged.getProperty(key));
            }
        }
        values.put("claude.redact.prompts.enabled", "true");
        return ClaudeSettings.of(values);
    }

    /** Everything that reads an output schema, which a header may bring. */
    public void schema(byte[] schema) {
        try {
            new OutputSchemas(json).of(new String(schema, java.nio.charset.StandardCharsets.UTF_8));
        } catch (IllegalArgumentException refused) {
            if (refused.getMessage() == null) {
                throw refused;
            }
        }
    }

    /** Everything that reads a request before it is sent. */
    public void request(byte[] body) {
        typed(() -> check(json.requestAsItIs(body)));
        typed(() -> check(json.request(body, DEFAULTS, Optional.of(false))));
        typed(() -> json.isRequest(body));
        typed(() -> json.terms(body));
        typed(() -> json.canonical(body));
        typed(() -> json.onlyQuestion(body));
        typed(() -> json.object(body, "the body"));
    }

    private void check(MessagesRequest request) {
        request.estimatedInputTokens();
        json.canonical(request.json().bytes());
    }

    /** A message of a WebSocket client: it is read, or what is wrong with it is said without its content. */
    public void clientMessage(byte[] text) {
        ClientMessage message = json.clientMessage(text);
        if (message instanceof ClientMessage.Send send) {
            byte[] body = send.body().bytes();
            require(body[0] == '{' && body[body.length - 1] == '}', "the body of a request is cut out whole");
            typed(() -> check(json.requestAsItIs(body)));
            answer(send.id());
        } else if (message instanceof ClientMessage.Invalid invalid) {
            require(!invalid.problem().isEmpty(), "a problem has a text");
            answer(invalid.id());
        } else if (message instanceof ClientMessage.Ping ping) {
            answer(ping.id());
        }
    }

    private void answer(String id) {
        byte[] object = "{}".getBytes(UTF_8);
        json.object(ServerMessages.error(id, 400, object, object), "the error");
        json.object(ServerMessages.pong(id), "the pong");
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }

    /** Everything that reads what an endpoint answers. */
    public void events(byte[] body) {
        typed(() -> {
            try {
                json.bytes(json.event(body));
            } catch (JunkFrame junk) {
                // it is reported by its own type
            }
        });
        typed(() -> json.events(body));
        typed(() -> json.bytes(json.error(529, Map.of(), body, Optional.empty())));
    }

    /** The bytes of a reply in each framing, folded, and its events written again. */
    public void stream(byte[] body) {
        for (OpenReply.Framing framing : OpenReply.Framing.values()) {
            typed(() -> {
                try (ReplyStream reply = reader.read(
                        new Bytes(framing, new ByteArrayInputStream(body)), "prompt-1", "m", report -> {})) {
                    read(reply);
                }
            });
            typed(() -> {
                Exchange exchange = new DefaultExchange(camel);
                exchange.getMessage()
                        .setBody(reader.read(
                                new Bytes(framing, new ByteArrayInputStream(body)), "prompt-1", "m", report -> {}));
                redactor.redactReply(exchange);
                try (ReplyStream reply = (ReplyStream) exchange.getMessage().getBody()) {
                    read(reply);
                }
            });
        }
    }

    private void read(ReplyStream reply) {
        ReplyAssembler assembler = new ReplyAssembler(json);
        while (reply.hasNext()) {
            StreamEvent event = reply.next();
            json.bytes(event);
            assembler.accept(event);
        }
        assembler.text();
        if (assembler.isComplete() && assembler.unfolded().isEmpty()) {
            assembler.reply();
        }
    }

    /** A response in memory. */
    private record Bytes(Framing framing, InputStream body) implements OpenReply {
        @Override
        public Map<String, String> headers() {
            return Map.of();
        }

        @Override
        public void alive(boolean content) {
            // no clock runs here
        }

        @Override
        public ClaudeException failure(IOException cause) {
            return new ClaudeException.Unavailable(ApiError.ours(502, "api_error", "broken"), cause);
        }

        @Override
        public void finished() {
            // nothing is open
        }

        @Override
        public void abort() {
            // nothing is open
        }
    }

    /** Everything that redacts JSON. */
    public void documents(byte[] body) {
        typed(() -> redactor.redactError(body));
        for (String path :
                List.of("/v1/messages/count_tokens", "/v1/messages/batches", "/v1/messages/batches/b/results")) {
            PlainRequest request =
                    new PlainRequest("POST", path, Map.of(), new Frame(body), Optional.empty(), Optional.empty());
            typed(() -> redactor.passThrough(request, asked -> new PlainResponse(200, Map.of(), asked.body())));
        }
    }

    /** A message whose headers and body come from outside: the first line is the header, the rest the body. */
    public void headers(byte[] message) {
        int end = 0;
        while (end < message.length && message[end] != '\n') {
            end++;
        }
        byte[] value = Arrays.copyOf(message, end);
        byte[] body = Arrays.copyOfRange(message, Math.min(message.length, end + 1), message.length);
        for (String name : ClaudeHeaders.options()) {
            read(body, exchange -> exchange.getMessage().setHeader(name, value));
            read(new String(body, ISO_8859_1), exchange -> exchange.getMessage()
                    .setHeader(name, new String(value, ISO_8859_1)));
        }
    }

    private void read(Object body, Consumer<Exchange> headers) {
        Exchange exchange = new DefaultExchange(camel);
        exchange.getMessage().setBody(body);
        headers.accept(exchange);
        typed(() -> prompts.process(exchange));
    }

    /** The value of a response header in the first line, and a body that is coded as the value says. */
    public void responseHeaders(byte[] message) {
        int end = 0;
        while (end < message.length && message[end] != '\n') {
            end++;
        }
        String value = new String(Arrays.copyOf(message, end), ISO_8859_1);
        responses.read(value);
        responses.decode(value, Arrays.copyOfRange(message, Math.min(message.length, end + 1), message.length));
    }

    /** Everything that reads what clients send to create batches, and the lines of results. */
    public void batches(byte[] body) {
        typed(() -> {
            for (BatchJson.Request request : batches.requests(body)) {
                MessagesRequest asked = json.requestAsItIs(request.params().bytes());
                batches.unfit(asked);
                json.terms(asked.json().bytes());
            }
        });
        typed(() -> {
            try {
                batches.result(body);
                JsonNode named = json.object(batches.withCustomId(body, "mine"), "the line");
                if (!named.path("custom_id").asText().equals("mine")) {
                    throw new AssertionError("another name: " + named);
                }
            } catch (JunkFrame junk) {
                // it is told by its own type
            }
        });
        typed(() -> batches.page(body));
        typed(() -> batches.whole(body));
    }

    /** The redactor, whole and in pieces of one character. */
    public void redactor(byte[] bytes) {
        String text = new String(bytes, UTF_8);
        String whole = policy.redactor().redact(text);
        var pieces = policy.redactor();
        StringBuilder streamed = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            pieces.append(text.substring(i, i + 1), streamed);
        }
        pieces.flush(streamed);
        if (!streamed.toString().equals(whole)) {
            throw new AssertionError("in pieces it is " + streamed + ", whole it is " + whole);
        }
    }

    @FunctionalInterface
    private interface Reading {
        void read() throws Exception;
    }

    private void typed(Reading reading) {
        try {
            reading.read();
        } catch (ClaudeException typed) {
            if (typed.status() < 400 || typed.status() > 599 || typed.type().isBlank()) {
                throw new AssertionError("an error without status and type", typed);
            }
            json.bytes(typed.error());
        } catch (Exception untyped) {
            throw new AssertionError("an error that is not typed", untyped);
        }
    }
}
