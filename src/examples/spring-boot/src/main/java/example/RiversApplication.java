package example;

import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** Asks for a river, prints the reply and ends. */
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
                from("direct:ask").to("claude:messages");
            }
        };
    }

    @Bean
    CommandLineRunner ask(ProducerTemplate template) {
        return args -> System.out.println("reply: " + template.requestBody("direct:ask", "Name a river", String.class));
    }
}
