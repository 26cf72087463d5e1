package io.clauderoutes;

import io.clauderoutes.support.ChildJvm;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;

/** An application that has the bundle with the libraries that every request needs, and no others. */
final class FewLibrariesChild {

    private FewLibrariesChild() {}

    /**
     * Asks one question and prints the reply, or why there is none.
     *
     * @param arguments URL of the endpoint, folder for data, and further settings as name=value
     */
    public static void main(String[] arguments) throws Exception {
        ChildJvm.endWithTheTest();
        Properties settings = new Properties();
        settings.put("claude.endpoints.primary.url", arguments[0]);
        settings.put("claude.credentials.main.key", "test-key");
        settings.put("claude.data", Path.of(arguments[1]).toString());
        for (int i = 2; i < arguments.length; i++) {
            int equals = arguments[i].indexOf('=');
            settings.put(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
        }
        DefaultCamelContext context = new DefaultCamelContext();
        context.getPropertiesComponent().setInitialProperties(settings);
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:ask").to("direct:claude");
            }
        });
        try (context) {
            context.start();
            System.out.println("reply: "
                    + context.createProducerTemplate().requestBody("direct:ask", "How deep is the sea?", String.class));
        } catch (Exception failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                System.out.println("failure: " + cause.getMessage());
            }
        }
        System.out.println("done");
    }
}
