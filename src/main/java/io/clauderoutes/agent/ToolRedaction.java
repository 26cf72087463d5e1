package io.clauderoutes.agent;

import io.clauderoutes.message.ContentPart;
import org.apache.camel.Exchange;

/** What is taken out of the results of tools by the policy of a request. */
public interface ToolRedaction {

    /** A part of a result as it goes to the model. */
    ContentPart forModel(Exchange exchange, ContentPart part);

    /** A text as events show it to requesters and sinks. */
    String forRequester(Exchange exchange, String text);
}
