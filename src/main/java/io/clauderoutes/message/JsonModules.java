package io.clauderoutes.message;

import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jackson modules of the class path, for objects of an application's own classes. A module that does not fit this version of Jackson is
 * left out, because a library that brings it may have nothing to do with prompts.
 */
public final class JsonModules {

    private static final Logger LOG = LoggerFactory.getLogger(JsonModules.class);

    private JsonModules() {}

    /** A builder with all modules that can be used. */
    public static JsonMapper.Builder builder() {
        return builder(ServiceLoader.load(Module.class));
    }

    static JsonMapper.Builder builder(Iterable<Module> modules) {
        JsonMapper.Builder builder = JsonMapper.builder();
        Iterator<Module> found = modules.iterator();
        while (addNext(found, builder)) {
            // the next module
        }
        return builder;
    }

    private static boolean addNext(Iterator<Module> found, JsonMapper.Builder builder) {
        String name = "of the class path";
        try {
            if (!found.hasNext()) {
                return false;
            }
            Module module = found.next();
            name = module.getClass().getName();
            // A module that fails may have changed half of a mapper.
            JsonMapper.builder().addModule(module);
            builder.addModule(module);
        } catch (ServiceConfigurationError | LinkageError | Exception unusable) {
            LOG.warn("The Jackson module {} is left out: {}", name, unusable.getMessage());
        }
        return true;
    }
}
