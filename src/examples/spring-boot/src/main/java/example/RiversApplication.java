package example;

import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** Asks for a river, with a tool, for JSON and within a conversation, prints the replies and ends. */
@SpringBootApplication
public class RiversApplication {

    public static void main(String[] args) {
        SpringApplication.run(RiversApplication.class, args).close();
    }

    @Bean
    RouteBuilder routes() {
        return new RouteBuilder() {
            @Override
            public void configure() {
                from("claude-tool:depth?description=Depth of a river&parameter.river=string")
                        .setBody(simple("4 metres in ${header.river}"));
                from("direct:ask").to("claude:messages");
                from("direct:tool").to("claude:messages?tools=depth");
                from("direct:json").to("claude:messages?outputSchema=resource:classpath:river.json");
                from("direct:chat").to("claude:messages?memory=true&session=ada").setBody(simple("${header.CamelClaudeInputTokens}"));
            }
        };
    }

    @Bean
    CommandLineRunner ask(ProducerTemplate template) {
        return args -> {
            System.out.println("reply: " + template.requestBody("direct:ask", "Name a river", String.class));
            System.out.println("tool: " + template.requestBody("direct:tool", "What is the depth of the Mur?", String.class));
            System.out.println("json: " + template.requestBody("direct:json", "Describe a river", String.class));
            System.out.println("memory: " + template.requestBody("direct:chat", "My river is the Mur", String.class)
                    + " input tokens, then " + template.requestBody("direct:chat", "My river is the Mur", String.class));
        };
    }
}
