package io.clauderoutes.fanout;

import io.clauderoutes.Reply;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.message.StreamEvent;
import io.clauderoutes.request.ReplyReceivers;
import io.clauderoutes.request.Request;
import io.clauderoutes.request.SinkFailed;
import io.clauderoutes.request.ToolEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Message;

/** The requester's stream, the requests that have joined, and the deliveries to all sinks of one request. */
final class Receivers implements ReplyReceivers {

    private final Request request;
    private final Deliveries all;
    private final List<Delivery> deliveries;
    private final MessageJson json;
    private boolean begun;

    Receivers(Request request, Message message, Deliveries all, MessageJson json) {
        this.request = request;
        this.all = all;
        this.deliveries = all.open(request.prompt(), message);
        this.json = json;
    }

    @Override
    public boolean haveSinks() {
        return !deliveries.isEmpty();
    }

    @Override
    public void event(StreamEvent event) {
        begun = true;
        request.progress().cache().shared().ifPresent(shared -> shared.add(event));
        request.stream().ifPresent(client -> client.event(event));
        String text = event.addedText();
        if (!text.isEmpty()) {
            for (Delivery delivery : deliveries) {
                delivery.chunk(text);
            }
        }
    }

    @Override
    public void tool(ToolEvent event) {
        begun = true;
        byte[] data = json.bytes(event.json(json));
        request.stream().ifPresent(client -> client.tool(data));
        for (Delivery delivery : deliveries) {
            delivery.tool(data);
        }
    }

    @Override
    public void whole(Reply reply, Message message, Map<String, Object> facts) {
        if (deliveries.isEmpty()) {
            return;
        }
        Map<String, Object> addressed = new HashMap<>(all.address(request.prompt(), message));
        addressed.putAll(facts);
        deliveries.forEach(delivery -> delivery.whole(reply, addressed));
        await();
    }

    /** Waits for every sink, and for its dead letters, before a failed sink fails the prompt. */
    private void await() {
        SinkFailed first = null;
        for (Delivery delivery : deliveries) {
            try {
                delivery.await();
            } catch (SinkFailed failure) {
                if (first == null) {
                    first = failure;
                } else {
                    first.addSuppressed(failure);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    @Override
    public void broken(String reason) {
        for (Delivery delivery : deliveries) {
            if (begun) {
                delivery.broken(reason);
            } else {
                delivery.forgotten();
            }
        }
    }
}
