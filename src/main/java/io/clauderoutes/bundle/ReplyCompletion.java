package io.clauderoutes.bundle;

import io.clauderoutes.request.Request;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * Takes the reply that a replaced stage left as the body through the stages that are left; does nothing for a request that has passed
 * them.
 */
final class ReplyCompletion implements Processor {

    private final List<Processor> stages;

    ReplyCompletion(Processor... stages) {
        this.stages = List.of(stages);
    }

    @Override
    public void process(Exchange exchange) throws Exception {
        if (Request.of(exchange).progress().reply().isPresent()) {
            return;
        }
        for (Processor stage : stages) {
            stage.process(exchange);
        }
    }
}
