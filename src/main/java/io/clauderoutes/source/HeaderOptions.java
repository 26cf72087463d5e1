package io.clauderoutes.source;

import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException.Rejected;
import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.message.OutputSchema;
import io.clauderoutes.message.RequestOptions;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** The options of one prompt, as the headers of its message have them. A value of the wrong form is refused by the header's name. */
final class HeaderOptions {

    private static final List<String> EFFORTS = List.of("low", "medium", "high", "xhigh", "max");
    private static final String LIST = "expected texts separated by commas, or a list of texts";

    private final Map<String, Object> headers;
    private final Function<String, OutputSchema> schemas;

    /** @param schemas reads the schema that a text is, or throws an {@link IllegalArgumentException} */
    HeaderOptions(Map<String, Object> headers, Function<String, OutputSchema> schemas) {
        this.headers = headers;
        this.schemas = schemas;
    }

    /** Fields of the request beyond model, system prompt, tokens and stream. */
    RequestOptions request() {
        if (headers.keySet().stream().noneMatch(ClaudeHeaders::isOurs)) {
            return RequestOptions.NONE;
        }
        return new RequestOptions(
                number(ClaudeHeaders.TEMPERATURE),
                number(ClaudeHeaders.TOP_P),
                list(ClaudeHeaders.STOP_SEQUENCES),
                text(ClaudeHeaders.THINKING_BUDGET)
                        .map(value -> OptionalLong.of(tokens(ClaudeHeaders.THINKING_BUDGET, value)))
                        .orElse(OptionalLong.empty()),
                text(ClaudeHeaders.EFFORT).map(HeaderOptions::effort),
                text(ClaudeHeaders.TOOL_CHOICE),
                text(ClaudeHeaders.OUTPUT_SCHEMA).map(this::schema));
    }

    private OutputSchema schema(String text) {
        try {
            return schemas.apply(text);
        } catch (IllegalArgumentException wrong) {
            throw rejected(ClaudeHeaders.OUTPUT_SCHEMA, wrong.getMessage());
        }
    }

    private static String effort(String word) {
        String effort = word.toLowerCase(Locale.ROOT);
        if (!EFFORTS.contains(effort)) {
            throw rejected(ClaudeHeaders.EFFORT, "expected one of " + EFFORTS);
        }
        return effort;
    }

    /** The value of {@code anthropic-beta}; empty if no beta is asked for. */
    Optional<String> betas() {
        List<String> betas = list(ClaudeHeaders.BETAS);
        if (betas.stream().anyMatch(beta -> !beta.matches("[A-Za-z0-9._-]+"))) {
            throw rejected(ClaudeHeaders.BETAS, "expected names of betas of letters, digits, - . and _");
        }
        return betas.isEmpty() ? Optional.empty() : Optional.of(String.join(",", betas));
    }

    /** The upper bound on output tokens; empty if there is none. */
    Optional<Long> maxTokens() {
        return text(ClaudeHeaders.MAX_TOKENS).map(value -> tokens(ClaudeHeaders.MAX_TOKENS, value));
    }

    private static long tokens(String header, String value) {
        try {
            long tokens = Long.parseLong(value);
            if (tokens >= 0) {
                return tokens;
            }
        } catch (NumberFormatException notANumber) {
            // told below
        }
        throw rejected(header, "expected a whole number of 0 or more");
    }

    /** A whole number from 1; empty if the header is not there. */
    Optional<Integer> count(String header, int most) {
        return text(header).map(value -> {
            try {
                int count = Integer.parseInt(value);
                if (count >= 1 && count <= most) {
                    return count;
                }
            } catch (NumberFormatException notANumber) {
                // told below
            }
            throw rejected(header, "expected a whole number from 1 to " + most);
        });
    }

    private Optional<BigDecimal> number(String header) {
        return text(header).map(value -> {
            try {
                return new BigDecimal(value);
            } catch (NumberFormatException notANumber) {
                throw rejected(header, "expected a number such as 0.5");
            }
        });
    }

    /** A yes or no; empty if the header is not there. */
    Optional<Boolean> flag(String header) {
        return text(header).map(value -> {
            if (value.equals("true") || value.equals("false")) {
                return value.equals("true");
            }
            throw rejected(header, "expected true or false");
        });
    }

    /** One of the constants of an enum, in lower or upper case; empty if the header is not there. */
    <E extends Enum<E>> Optional<E> word(String header, Class<E> type) {
        return text(header).map(word -> Arrays.stream(type.getEnumConstants())
                .filter(constant -> constant.name().equalsIgnoreCase(word))
                .findFirst()
                .orElseThrow(() -> rejected(
                        header,
                        "expected one of "
                                + Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT))));
    }

    /** The texts of a header, which are separated by commas or are a list. */
    List<String> list(String header) {
        Object value = headers.get(header);
        if (value instanceof Collection<?> several) {
            List<String> texts = new ArrayList<>(several.size());
            for (Object each : several) {
                texts.add(HeaderText.of(each).orElseThrow(() -> rejected(header, LIST)));
            }
            return texts;
        }
        return text(header).stream()
                .flatMap(list -> Arrays.stream(list.split(",", -1)))
                .map(String::trim)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    /** The text of a header; empty if it is not there or has only white space. */
    Optional<String> text(String name) {
        Object value = headers.get(name);
        if (value == null) {
            return Optional.empty();
        }
        String text = HeaderText.of(value)
                .orElseThrow(() -> rejected(
                        name,
                        "a header of type " + value.getClass().getName()
                                + " cannot be read: expected a text, its bytes in UTF-8, a number or a boolean"))
                .trim();
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    static Rejected rejected(String header, String why) {
        return new Rejected(ApiError.ours(400, "invalid_request_error", header + ": " + why));
    }
}
