package io.clauderoutes.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.component.kamelet.Kamelet;
import org.apache.camel.component.kamelet.KameletEndpoint;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.RouteTemplateDefinition;
import org.apache.camel.model.RouteTemplateParameterDefinition;
import org.apache.camel.model.ToDefinition;
import org.apache.camel.spi.PropertiesFunction;
import org.apache.camel.support.RouteTemplateHelper;

/**
 * Carries the parameters of our kamelets through Camel's endpoint URIs. A URI ends a value at {@code &}, decodes {@code %} and
 * drops line breaks, so a value travels as Base64 and is decoded when Camel has made the endpoint.
 */
public final class KameletParameters implements PropertiesFunction {

    /** What stands before the segments of an encoded value, each of which follows a dot. */
    private static final String ENCODED = "claude64";

    private static final String OURS = "claude-";
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._-]*");
    private static final Pattern SEGMENTS = Pattern.compile(ENCODED + "((?:\\.[A-Za-z0-9_-]*)+)");
    private static final Pattern RAW = Pattern.compile("RAW(?:\\((.*)\\)|\\{(.*)})", Pattern.DOTALL);
    private static final Pattern RAW_OPTION = Pattern.compile("RAW\\(.*?\\)(?=&|\\s*$)", Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]*");

    private final CamelContext context;

    public KameletParameters(CamelContext context) {
        this.context = context;
    }

    /** The URI of one of our kamelets with parameters that reach it unchanged. */
    static String uri(String kamelet, Map<String, Object> parameters) {
        List<String> query = new ArrayList<>();
        new TreeMap<>(parameters).forEach((name, value) -> query.add(name + '=' + encoded(String.valueOf(value))));
        return kamelet + '?' + String.join("&", query);
    }

    /** Whether a URI names one of our kamelets and leaves the parameters to be added. */
    static boolean isOurs(String uri, Map<String, Object> parameters) {
        if (uri.equals(Kamelet.SCHEME)) {
            return String.valueOf(parameters.get(Kamelet.PARAM_TEMPLATE_ID)).startsWith(OURS);
        }
        return uri.startsWith(Kamelet.SCHEME + ':' + OURS) && uri.indexOf('?') < 0;
    }

    /** Whether the name of a kamelet is one of ours. */
    static boolean isOurs(String kamelet) {
        return kamelet.startsWith(OURS) && kamelet.indexOf('?') < 0;
    }

    private static String encoded(String value) {
        if (PLAIN.matcher(value).matches() && !value.startsWith(ENCODED)) {
            return value;
        }
        Matcher raw = RAW.matcher(value);
        String text = !raw.matches() ? value : raw.group(1) != null ? raw.group(1) : raw.group(2);
        StringBuilder encoded = new StringBuilder(ENCODED);
        int from = 0;
        while (from < text.length()) {
            int begin = placeholder(text, from);
            int end = begin < 0 ? -1 : endOfPlaceholder(text, begin);
            if (end < 0) {
                break;
            }
            encoded.append('.').append(base64(text.substring(from, begin)));
            encoded.append(".{{").append(OURS).append(ENCODED).append(':');
            encoded.append(base64(text.substring(begin + 2, end - 2))).append("}}");
            from = end;
        }
        return encoded.append('.').append(base64(text.substring(from))).toString();
    }

    private static int placeholder(String text, int from) {
        int begin = text.indexOf("{{", from);
        while (begin > 0 && text.charAt(begin - 1) == '\\') {
            begin = text.indexOf("{{", begin + 2);
        }
        return begin;
    }

    /** Behind the braces that close a placeholder, in which others can be; negative if nothing closes it. */
    private static int endOfPlaceholder(String text, int begin) {
        int depth = 0;
        for (int i = begin; i < text.length() - 1; i++) {
            if (text.startsWith("{{", i)) {
                depth++;
                i++;
            } else if (text.startsWith("}}", i)) {
                depth--;
                i++;
                if (depth == 0) {
                    return i + 1;
                }
            }
        }
        return -1;
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
    }

    private static String text(String base64) {
        return new String(Base64.getUrlDecoder().decode(base64), UTF_8);
    }

    private static Object decoded(Object value) {
        Matcher encoded = SEGMENTS.matcher(String.valueOf(value));
        if (!encoded.matches()) {
            return value;
        }
        StringBuilder text = new StringBuilder();
        for (String segment : encoded.group(1).substring(1).split("\\.", -1)) {
            text.append(text(segment));
        }
        return text.toString();
    }

    /**
     * Encodes what stands in {@code RAW(...)} in the endpoint URIs of a route that calls our kamelets, where it has line breaks:
     * Camel takes those out of a URI.
     */
    public void keepLines(RouteDefinition route) {
        ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), ToDefinition.class).stream()
                .filter(to -> to.getUri() != null
                        && to.getUri().startsWith(Kamelet.SCHEME + ':' + OURS)
                        && to.getUri().contains("\n"))
                .forEach(to -> to.setUri(RAW_OPTION
                        .matcher(to.getUri())
                        .replaceAll(option -> Matcher.quoteReplacement(encoded(option.group())))));
    }

    @Override
    public String getName() {
        return OURS + ENCODED;
    }

    /** A placeholder inside an encoded value, resolved where and when Camel resolves it, and encoded. */
    @Override
    public String apply(String placeholder) {
        String resolved = context.resolvePropertyPlaceholders("{{" + text(placeholder) + "}}");
        return base64(resolved == null ? "" : resolved);
    }

    /**
     * Decodes the parameters of an endpoint that Camel has made and not yet started.
     *
     * @throws IllegalArgumentException if it is one of our kamelets and has a parameter that the kamelet does not have: most often
     *     this is the rest of a value with {@code &}
     */
    public void accept(Endpoint endpoint) {
        if (!(endpoint instanceof KameletEndpoint kamelet)
                || kamelet.getTemplateId() == null
                || !kamelet.getTemplateId().startsWith(OURS)
                || kamelet.getKameletProperties().isEmpty()) {
            return;
        }
        Set<String> known = known(kamelet);
        Map<String, Object> parameters = new HashMap<>();
        kamelet.getKameletProperties().forEach((name, value) -> {
            if (!known.isEmpty() && !known.contains(normalised(name))) {
                throw new IllegalArgumentException(refusal(kamelet.getTemplateId(), name, known));
            }
            parameters.put(name, decoded(value));
        });
        kamelet.setKameletProperties(parameters);
    }

    private static String refusal(String kamelet, String name, Set<String> known) {
        String what = NAME.matcher(name).matches()
                ? "has no parameter " + name
                : "has a parameter value with an unquoted &, which ends the value";
        return "kamelet:" + kamelet + ' ' + what
                + ". Write RAW(...) around a value with &, or put it below \"parameters:\""
                + " of a YAML route. The parameters are: " + String.join(", ", known);
    }

    /** Names of the parameters in lower case; none where the kamelet is not ours after all. */
    private Set<String> known(KameletEndpoint kamelet) {
        ModelCamelContext model = (ModelCamelContext) context;
        String id = kamelet.getTemplateId();
        if (model.getRouteTemplateDefinition(id) == null) {
            String location =
                    kamelet.getLocation() == null ? kamelet.getComponent().getLocation() : kamelet.getLocation();
            try {
                RouteTemplateHelper.loadRouteTemplateFromLocation(context, null, id, location);
            } catch (Exception notFound) {
                // Camel looks for it again when it starts the endpoint, and says what is wrong.
                return Set.of();
            }
        }
        RouteTemplateDefinition template = model.getRouteTemplateDefinition(id);
        if (template == null || template.getTemplateParameters() == null) {
            return Set.of();
        }
        Set<String> names = new TreeSet<>();
        template.getTemplateParameters().stream()
                .map(RouteTemplateParameterDefinition::getName)
                .map(KameletParameters::normalised)
                .forEach(names::add);
        List.of(
                        Kamelet.PARAM_TEMPLATE_ID,
                        Kamelet.PARAM_ROUTE_ID,
                        Kamelet.PARAM_UUID,
                        Kamelet.NO_ERROR_HANDLER,
                        Kamelet.BRIDGE_ERROR_HANDLER)
                .forEach(name -> names.add(normalised(name)));
        return names;
    }

    /** Environment variables and properties name a parameter in other ways. */
    private static String normalised(String name) {
        return name.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
    }
}
