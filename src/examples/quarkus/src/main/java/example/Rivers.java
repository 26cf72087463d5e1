package example;

import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.builder.RouteBuilder;

/** Asks for a river, with a tool, for JSON and within a conversation, and prints the replies. */
@ApplicationScoped
public class Rivers extends RouteBuilder {

    @Override
    public void configure() {
        from("timer:once?repeatCount=1")
                .setBody(constant("Name a river"))
                .to("claude:messages")
                .log("reply: ${body}")
                .setBody(constant("What is the depth of the Mur?"))
                .to("claude:messages?tools=depth")
                .log("tool: ${body}")
                .setBody(constant("Describe a river"))
                .to("claude:messages?outputSchema=resource:classpath:river.json")
                .log("json: ${body}")
                .setBody(constant("My river is the Mur"))
                .to("claude:messages?memory=true&session=ada")
                .log("memory: ${header.CamelClaudeInputTokens} input tokens")
                .setBody(constant("My river is the Mur"))
                .to("claude:messages?memory=true&session=ada")
                .log("memory: ${header.CamelClaudeInputTokens} input tokens");
        from("claude-tool:depth?description=Depth of a river&parameter.river=string")
                .setBody(simple("4 metres in ${header.river}"));
    }
}
