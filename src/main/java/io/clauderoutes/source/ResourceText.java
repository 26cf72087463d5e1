package io.clauderoutes.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import org.apache.camel.CamelContext;
import org.apache.camel.support.ResourceHelper;

/** A text of an option or a setting, which may be the location of the text: {@code resource:classpath:name}, {@code resource:file:name}. */
public final class ResourceText {

    private static final String RESOURCE = "resource:";
    private static final String MARK = "\uFEFF";

    private ResourceText() {}

    /**
     * A text as it is, or the text in UTF-8 that a resource holds.
     *
     * @throws IOException if the resource cannot be read
     */
    public static String of(String value, CamelContext context) throws IOException {
        if (!value.startsWith(RESOURCE)) {
            return value;
        }
        String location = value.substring(RESOURCE.length());
        try (InputStream in = ResourceHelper.resolveMandatoryResourceAsInputStream(context, location)) {
            String text = new String(in.readAllBytes(), UTF_8);
            return text.startsWith(MARK) ? text.substring(1) : text;
        }
    }
}
