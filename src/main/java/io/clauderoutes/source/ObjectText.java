package io.clauderoutes.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.clauderoutes.message.JsonModules;
import java.util.Iterator;
import java.util.Optional;
import java.util.stream.BaseStream;

/** Java objects as JSON: maps, lists, and objects of an application's own classes, with the Jackson modules of the class path. */
final class ObjectText {

    private final ObjectMapper mapper = JsonModules.builder()
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();

    /** The JSON of an object; empty if the object is not data, or if Jackson cannot write it. */
    Optional<byte[]> json(Object value) {
        if (!isData(value)) {
            return Optional.empty();
        }
        try {
            return Optional.of(mapper.writeValueAsBytes(value));
        } catch (JsonProcessingException notWritable) {
            return Optional.empty();
        }
    }

    /** Jackson also writes objects of the JDK and of Camel that have getters and mean nothing to a reader. */
    private static boolean isData(Object value) {
        Class<?> type = value.getClass();
        boolean isOfLibrary = type.getName().startsWith("java.")
                || type.getName().startsWith("javax.")
                || type.getName().startsWith("jdk.")
                || type.getName().startsWith("sun.")
                || type.getName().startsWith("org.apache.camel.");
        boolean isCollection = value instanceof Iterable<?> || value instanceof java.util.Map<?, ?> || type.isArray();
        return isCollection
                || !(isOfLibrary
                        || value instanceof Throwable
                        || value instanceof Iterator<?>
                        || value instanceof BaseStream<?, ?>
                        || type.isSynthetic());
    }
}
