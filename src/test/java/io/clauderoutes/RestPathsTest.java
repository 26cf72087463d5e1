package io.clauderoutes;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.bundle.RouteConflicts;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Paths of the Rest DSL in route files. */
class RestPathsTest {

    private static final String SHOP = """
            - rest:
                path: /shop
                get:
                  - path: /orders/{id}
                    to: direct:mine
            """;

    @TempDir
    Path folder;

    private final ModelCamelContext context = new DefaultCamelContext();

    @BeforeEach
    void load() throws Exception {
        context.build();
        for (var builder : PluginHelper.getRoutesLoader(context).findRoutesBuilders(file("a", SHOP))) {
            RouteBuilder shop = (RouteBuilder) builder;
            shop.configureRoutes(context);
            context.addRestDefinitions(shop.configureRests(context).getRests(), false);
        }
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    private Resource file(String name, String content) throws Exception {
        Path file = Files.writeString(folder.resolve(name + ".camel.yaml"), content);
        return ResourceHelper.resolveMandatoryResource(context, "file:" + file);
    }

    private void check(Resource file) throws Exception {
        new RouteConflicts(context).check(file, other -> other.getURI().equals(file.getURI()));
    }

    @Test
    void two_files_cannot_have_the_same() throws Exception {
        Resource second = file("b", SHOP.replace("{id}", "{number}"));

        assertThatThrownBy(() -> check(second))
                .isInstanceOf(RouteConflicts.Conflict.class)
                .hasMessageContaining("b.camel.yaml defines the REST path GET /shop/orders/{}, as")
                .hasMessageContaining("a.camel.yaml");
    }

    @Test
    void one_file_cannot_have_the_same_twice() throws Exception {
        String other = SHOP.replace("shop", "store");
        Resource twice = file("b", other + other);

        assertThatThrownBy(() -> check(twice)).hasMessageContaining("the REST path GET /store/orders/{}");
    }

    @Test
    void another_method_or_path_is_no_conflict_and_neither_is_the_file_itself() throws Exception {
        Resource method = file("b", SHOP.replace("get:", "delete:"));
        Resource path = file("c", SHOP.replace("orders", "carts"));
        Resource itself = file("a", SHOP.replace("mine", "yours"));

        assertThatCode(() -> check(method)).doesNotThrowAnyException();
        assertThatCode(() -> check(path)).doesNotThrowAnyException();
        assertThatCode(() -> check(itself)).doesNotThrowAnyException();
    }
}
