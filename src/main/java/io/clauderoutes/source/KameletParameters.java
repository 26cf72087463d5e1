package io.clauderoutes.source;

import java.util.ArrayList;
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
 * Encodes the parameters of our kamelets and endpoints where a route names them, and decodes those of a kamelet. The component
 * decodes those of its endpoints.
 */
public final class KameletParameters implements PropertiesFunction {

    private static final String OURS = "claude-";
    private static final String KAMELETS = Kamelet.SCHEME + ':' + OURS;
    private static final String COMPONENT = "claude";
    private static final String ENDPOINTS = COMPONENT + ':';
    private static final String TOOLS = "claude-tool:";
    private static final String OPERATION = "operation";
    private static final Pattern RAW_OPTION = Pattern.compile("RAW\\(.*?\\)(?=&|\\s*$)", Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]*");

    private final CamelContext context;

    public KameletParameters(CamelContext context) {
        this.context = context;
    }

    /** The URI of one of our kamelets or endpoints with parameters that reach it unchanged. */
    static String uri(String named, Map<String, Object> parameters) {
        Map<String, Object> options = new TreeMap<>(parameters);
        String uri = named.equals(COMPONENT) ? COMPONENT + ':' + options.remove(OPERATION) : named;
        List<String> query = new ArrayList<>();
        options.forEach((name, value) -> query.add(name + '=' + UriValues.encoded(String.valueOf(value))));
        return query.isEmpty() ? uri : uri + '?' + String.join("&", query);
    }

    /** Whether a URI names one of our kamelets or endpoints and leaves the parameters to be added. */
    static boolean isOurs(String uri, Map<String, Object> parameters) {
        if (uri.equals(Kamelet.SCHEME)) {
            return String.valueOf(parameters.get(Kamelet.PARAM_TEMPLATE_ID)).startsWith(OURS);
        }
        if (uri.equals(COMPONENT)) {
            return parameters.containsKey(OPERATION);
        }
        return (uri.startsWith(KAMELETS) || uri.startsWith(ENDPOINTS)) && uri.indexOf('?') < 0;
    }

    /** Whether a URI names a tool and leaves the parameters to be added. */
    static boolean isTool(String uri) {
        return uri.startsWith(TOOLS) && uri.indexOf('?') < 0;
    }

    /** Whether the name of a kamelet is one of ours. */
    static boolean isOurs(String kamelet) {
        return kamelet.startsWith(OURS) && kamelet.indexOf('?') < 0;
    }

    /**
     * Encodes what stands in {@code RAW(...)} in the endpoint URIs of a route that calls our kamelets or endpoints, where it has line breaks:
     * Camel takes those out of a URI.
     */
    public void keepLines(RouteDefinition route) {
        ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), ToDefinition.class).stream()
                .filter(to -> to.getUri() != null
                        && (to.getUri().startsWith(KAMELETS) || to.getUri().startsWith(ENDPOINTS))
                        && to.getUri().contains("\n"))
                .forEach(to -> to.setUri(RAW_OPTION
                        .matcher(to.getUri())
                        .replaceAll(option -> Matcher.quoteReplacement(UriValues.encoded(option.group())))));
    }

    @Override
    public String getName() {
        return UriValues.FUNCTION;
    }

    /** A placeholder inside an encoded value, resolved where and when Camel resolves it, and encoded. */
    @Override
    public String apply(String placeholder) {
        String resolved = context.resolvePropertyPlaceholders("{{" + UriValues.text(placeholder) + "}}");
        return UriValues.base64(resolved == null ? "" : resolved);
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
            parameters.put(name, UriValues.decoded(value));
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
