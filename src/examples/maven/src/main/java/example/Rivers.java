package example;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;

/** Asks for a river, prints the reply and ends. */
public class Rivers extends RouteBuilder {

    public static void main(String[] args) throws Exception {
        new Main(Rivers.class).run(args);
    }

    @Override
    public void configure() {
        from("timer:once?repeatCount=1")
                .setBody(constant("Name a river"))
                .to("claude:messages")
                .process(exchange -> System.out.println("reply: " + exchange.getMessage().getBody(String.class)));
    }
}
