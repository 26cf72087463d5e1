package io.clauderoutes.source;

import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.dsl.yaml.KameletRoutesBuilderLoader;
import org.apache.camel.dsl.yaml.YamlRoutesBuilderLoader;
import org.apache.camel.dsl.yaml.common.YamlDeserializationContext;
import org.apache.camel.dsl.yaml.common.YamlDeserializerResolver;
import org.apache.camel.dsl.yaml.common.YamlDeserializerSupport;
import org.apache.camel.dsl.yaml.deserializers.FromDefinitionDeserializer;
import org.apache.camel.dsl.yaml.deserializers.KameletDeserializer;
import org.apache.camel.dsl.yaml.deserializers.ModelDeserializers;
import org.apache.camel.dsl.yaml.deserializers.OutputAwareFromDefinition;
import org.apache.camel.dsl.yaml.deserializers.OutputAwareFromDefinitionDeserializer;
import org.apache.camel.model.KameletDefinition;
import org.apache.camel.model.ToDefinition;
import org.apache.camel.model.ToDynamicDefinition;
import org.apache.camel.model.WireTapDefinition;
import org.apache.camel.spi.Resource;
import org.snakeyaml.engine.v2.api.ConstructNode;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** The steps of YAML routes that call a kamelet: the parameters of our kamelets are encoded, all others are left to Camel. */
public final class KameletSteps implements YamlDeserializerResolver {

    /** Loads YAML routes as Camel does, with our steps. */
    public static final class Routes extends YamlRoutesBuilderLoader {
        @Override
        protected YamlDeserializationContext newYamlDeserializationContext(LoadSettings settings, Resource resource) {
            return withSteps(super.newYamlDeserializationContext(settings, resource));
        }
    }

    /** Loads kamelets as Camel does, with our steps. */
    public static final class Kamelets extends KameletRoutesBuilderLoader {
        @Override
        protected YamlDeserializationContext newYamlDeserializationContext(LoadSettings settings, Resource resource) {
            return withSteps(super.newYamlDeserializationContext(settings, resource));
        }
    }

    private static YamlDeserializationContext withSteps(YamlDeserializationContext context) {
        context.addResolver(new KameletSteps());
        return context;
    }

    @Override
    public int getOrder() {
        return ORDER_DEFAULT - 100;
    }

    @Override
    public ConstructNode resolve(String id) {
        return switch (id) {
            case "to", "org.apache.camel.model.ToDefinition" -> new To();
            case "toD", "org.apache.camel.model.ToDynamicDefinition" -> new ToDynamic();
            case "wireTap", "org.apache.camel.model.WireTapDefinition" -> new WireTap();
            case "org.apache.camel.model.FromDefinition" -> new From();
            case "org.apache.camel.dsl.yaml.deserializers.OutputAwareFromDefinition" -> new FromOfRoute();
            case "kamelet", "org.apache.camel.model.KameletDefinition" -> new KameletStep();
            default -> null;
        };
    }

    /** Whether a value is computed for each message. */
    private static boolean isDynamic(Map<String, Object> parameters) {
        return parameters.values().stream().map(String::valueOf).anyMatch(value -> value.contains("${"));
    }

    private static final class To extends ModelDeserializers.ToDefinitionDeserializer {
        @Override
        protected void setEndpointUri(
                CamelContext context, Node node, ToDefinition target, Map<String, Object> parameters) {
            if (target.getUri() != null && KameletParameters.isOurs(target.getUri(), parameters)) {
                target.setUri(KameletParameters.uri(target.getUri(), parameters));
            } else {
                super.setEndpointUri(context, node, target, parameters);
            }
        }
    }

    private static final class ToDynamic extends ModelDeserializers.ToDynamicDefinitionDeserializer {
        @Override
        protected void setEndpointUri(
                CamelContext context, Node node, ToDynamicDefinition target, Map<String, Object> parameters) {
            if (target.getUri() != null
                    && KameletParameters.isOurs(target.getUri(), parameters)
                    && !isDynamic(parameters)) {
                target.setUri(KameletParameters.uri(target.getUri(), parameters));
            } else {
                super.setEndpointUri(context, node, target, parameters);
            }
        }
    }

    private static final class WireTap extends ModelDeserializers.WireTapDefinitionDeserializer {
        @Override
        @SuppressWarnings("rawtypes") // as Camel declares it
        protected void setEndpointUri(
                CamelContext context, Node node, WireTapDefinition target, Map<String, Object> parameters) {
            if (target.getUri() != null
                    && KameletParameters.isOurs(target.getUri(), parameters)
                    && !isDynamic(parameters)) {
                target.setUri(KameletParameters.uri(target.getUri(), parameters));
            } else {
                super.setEndpointUri(context, node, target, parameters);
            }
        }
    }

    /** The {@code from} of a {@code route}. */
    private static final class From extends FromDefinitionDeserializer {
        @Override
        public Object construct(Node node) {
            keep(node);
            return super.construct(node);
        }
    }

    /** A {@code from} without a {@code route} around it. */
    private static final class FromOfRoute extends OutputAwareFromDefinitionDeserializer {
        @Override
        protected void setProperties(OutputAwareFromDefinition target, MappingNode node) {
            keep(node);
            super.setProperties(target, node);
        }
    }

    /** Encodes the parameters of a tool's route, so that they reach it unchanged. */
    private static void keep(Node from) {
        if (!(from instanceof MappingNode fields) || !KameletParameters.isTool(KameletStep.text(fields, "uri"))) {
            return;
        }
        for (NodeTuple field : fields.getValue()) {
            if (YamlDeserializerSupport.asText(field.getKeyNode()).equals("parameters")
                    && field.getValueNode() instanceof MappingNode parameters) {
                parameters.setValue(parameters.getValue().stream()
                        .map(KameletSteps::encoded)
                        .toList());
            }
        }
    }

    private static NodeTuple encoded(NodeTuple parameter) {
        Node value = parameter.getValueNode();
        return new NodeTuple(
                parameter.getKeyNode(),
                new ScalarNode(
                        Tag.STR,
                        true,
                        UriValues.encoded(YamlDeserializerSupport.asText(value)),
                        ScalarStyle.DOUBLE_QUOTED,
                        value.getStartMark(),
                        value.getEndMark()));
    }

    private static final class KameletStep extends KameletDeserializer {
        @Override
        protected void setProperties(KameletDefinition target, MappingNode node) {
            super.setProperties(target, node);
            String name = text(node, "name");
            for (NodeTuple tuple : node.getValue()) {
                if (asText(tuple.getKeyNode()).equals("parameters") && KameletParameters.isOurs(name)) {
                    target.setName(KameletParameters.uri(name, asScalarMap(tuple.getValueNode())));
                }
            }
        }

        private static String text(MappingNode node, String field) {
            return node.getValue().stream()
                    .filter(tuple -> asText(tuple.getKeyNode()).equals(field))
                    .map(tuple -> asText(tuple.getValueNode()))
                    .findFirst()
                    .orElse("");
        }
    }
}
