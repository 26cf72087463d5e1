package example;

import jakarta.enterprise.context.ApplicationScoped;
import org.apache.camel.builder.RouteBuilder;

/** Asks for a river and prints the reply. */
@ApplicationScoped
public class Rivers extends RouteBuilder {

    @Override
    public void configure() {
        from("timer:once?repeatCount=1")
                .setBody(constant("Name a river"))
                .to("claude:messages")
                .log("reply: ${body}");
    }
}
