package io.clauderoutes.component;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.agent.output.OutputClass;
import io.clauderoutes.request.Request;
import io.clauderoutes.source.PromptReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.AsyncCallback;
import org.apache.camel.AsyncProducer;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.StreamCache;
import org.apache.camel.support.DefaultAsyncProducer;
import org.apache.camel.support.service.ServiceHelper;

/**
 * Hands a message to the stages with the options of its endpoint. The options are headers of a message that the stages alone see:
 * the message of the route keeps its own headers and gets those of the result. If the stages fail, it stays as it was.
 */
final class StagesProducer extends DefaultAsyncProducer {

    /** What becomes of the message when the stages have ended well. */
    @FunctionalInterface
    interface Result {
        /** Changes the message of the route by the message that the stages have left. */
        void accept(Exchange exchange, Message route, Message stages);
    }

    /** Route of the requests whose reply becomes the body. */
    static final String MESSAGES = "direct:claude";

    private final ClaudeEndpoint endpoint;
    private final String stages;
    private final String reader;
    private final Result result;
    private final boolean becomesObject;
    private AsyncProducer producer;
    private StreamedCalls streams;
    private List<String> sinks = List.of();
    private Optional<OutputClass> outputClass = Optional.empty();
    private List<String> tools = List.of();
    private Map<String, Object> options = Map.of();

    /**
     * Calls the stages.
     *
     * @param stages URI of the route that begins the stages
     * @param reader name of the bean that reads the prompt there
     */
    StagesProducer(ClaudeEndpoint endpoint, String stages, String reader, Result result) {
        super(endpoint);
        this.endpoint = endpoint;
        this.stages = stages;
        this.reader = reader;
        this.result = result;
        // The reply of a batch comes later, to its sinks. The option may be that of the component.
        this.becomesObject = stages.equals(MESSAGES);
    }

    /** The reply becomes the body; of the headers only those of the result change. */
    static void reply(Exchange exchange, Message route, Message reply) {
        route.setBody(reply.getBody());
        headers(route, reply);
    }

    private static void headers(Message route, Message reply) {
        for (String name : ClaudeHeaders.results()) {
            Object value = reply.getHeader(name);
            if (value == null) {
                route.removeHeader(name);
            } else {
                route.setHeader(name, value);
            }
        }
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        Map<String, Object> headers =
                new HashMap<>(OptionHeaders.of(endpoint.getConfiguration(), endpoint.getCamelContext()));
        outputClass = outputClass(endpoint.getConfiguration());
        outputClass.ifPresent(type -> headers.put(ClaudeHeaders.OUTPUT_SCHEMA, type.schema()));
        Beans.of(endpoint, reader, PromptReader.class).check(headers);
        options = headers;
        sinks = OptionHeaders.texts(headers.get(ClaudeHeaders.SINKS));
        tools = OptionHeaders.texts(headers.get(ClaudeHeaders.TOOLS));
        streams = Beans.of(endpoint, "claudeStreamedCalls", StreamedCalls.class);
        producer = endpoint.getCamelContext().getEndpoint(stages).createAsyncProducer();
        ServiceHelper.startService(producer);
    }

    private Optional<OutputClass> outputClass(ClaudeConfiguration options) throws ClassNotFoundException {
        if (options.getOutputClass() == null) {
            return Optional.empty();
        }
        if (options.getOutputSchema() != null) {
            throw new IllegalArgumentException("outputClass and outputSchema are both set: remove one of them");
        }
        if (Boolean.TRUE.equals(options.getStreaming())) {
            throw new IllegalArgumentException(
                    "outputClass needs the whole reply, and streaming=true hands it on in chunks: remove one of them");
        }
        return Optional.of(OutputClass.of(
                endpoint.getCamelContext().getClassResolver().resolveMandatoryClass(options.getOutputClass())));
    }

    @Override
    protected void doStop() throws Exception {
        ServiceHelper.stopService(producer);
        super.doStop();
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        Message route = exchange.getMessage();
        Message inner = OptionHeaders.added(exchange, options);
        outputClass.ifPresent(type -> inner.setHeader(ClaudeHeaders.OUTPUT_SCHEMA, type.schema()));
        if (!sinks.isEmpty()) {
            exchange.setProperty(ClaudeHeaders.ROUTE_SINKS, sinks);
        }
        if (!tools.isEmpty()) {
            exchange.setProperty(ClaudeHeaders.ROUTE_TOOLS, tools);
        }
        if (OptionHeaders.isStreaming(inner)) {
            stream(exchange, route, inner);
            exchange.removeProperty(ClaudeHeaders.ROUTE_SINKS);
            exchange.removeProperty(ClaudeHeaders.ROUTE_TOOLS);
            callback.done(true);
            return true;
        }
        List<String> failOn = OptionHeaders.failOn(inner);
        exchange.setMessage(inner);
        return producer.process(exchange, doneSync -> {
            Message left = exchange.getMessage();
            exchange.setMessage(route);
            exchange.removeProperty(ClaudeHeaders.ROUTE_SINKS);
            exchange.removeProperty(ClaudeHeaders.ROUTE_TOOLS);
            if (exchange.getException() == null) {
                end(exchange, route, left, failOn);
            }
            if (exchange.getException() != null && route.getBody() instanceof StreamCache read) {
                read.reset();
            }
            callback.done(doneSync);
        });
    }

    private void end(Exchange exchange, Message route, Message left, List<String> failOn) {
        try {
            Optional.ofNullable(Request.of(exchange))
                    .flatMap(request -> request.progress().reply())
                    .ifPresent(reply -> OptionHeaders.check(reply, failOn));
            Optional<Object> output = becomesObject
                    ? outputClass.map(type -> type.instance(left.getBody(String.class)))
                    : Optional.empty();
            result.accept(exchange, route, left);
            output.ifPresent(route::setBody);
        } catch (ClaudeException.Incomplete | ClaudeException.InvalidOutput | ClaudeException.CheckFailed failure) {
            exchange.setException(failure);
        }
    }

    private void stream(Exchange exchange, Message route, Message inner) {
        List<String> failOn = OptionHeaders.failOn(inner);
        try {
            inner.getHeaders().putIfAbsent(ClaudeHeaders.STREAM, true);
            route.setBody(streams.begin(exchange, inner, producer, (reply, left) -> {
                OptionHeaders.check(reply, failOn);
                headers(route, left);
            }));
        } catch (Exception failure) {
            exchange.setException(failure);
            if (route.getBody() instanceof StreamCache read) {
                read.reset();
            }
        }
    }
}
