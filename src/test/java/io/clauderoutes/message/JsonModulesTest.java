package io.clauderoutes.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.clauderoutes.support.CapturedLog;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Test;

class JsonModulesTest {

    /** As modules of Scala are with another version of Jackson. */
    private static final class ForAnotherVersion extends SimpleModule {

        private static final long serialVersionUID = 1;

        @Override
        public void setupModule(SetupContext context) {
            throwUndeclared(new JsonMappingException(null, "requires another version"));
        }

        @SuppressWarnings("unchecked")
        private static <E extends Exception> void throwUndeclared(Exception failure) throws E {
            throw (E) failure;
        }
    }

    private static final class Depth {

        @Override
        public String toString() {
            return "deep";
        }
    }

    @Test
    void a_module_that_does_not_fit_is_left_out_with_a_line_and_the_others_are_used() throws JsonProcessingException {
        Module depth = new SimpleModule("depth").addSerializer(Depth.class, new ToStringSerializer());

        try (CapturedLog log = new CapturedLog(JsonModules.class.getName(), Level.INFO)) {
            JsonMapper mapper =
                    JsonModules.builder(List.of(new ForAnotherVersion(), depth)).build();

            assertThat(mapper.writeValueAsString(new Depth())).isEqualTo("\"deep\"");
            assertThat(mapper.getRegisteredModuleIds()).contains("depth");
            assertThat(log.lines())
                    .containsExactly("The Jackson module " + ForAnotherVersion.class.getName()
                            + " is left out: requires another version");
        }
    }
}
