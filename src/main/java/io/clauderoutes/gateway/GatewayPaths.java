package io.clauderoutes.gateway;

import io.clauderoutes.ApiError;
import io.clauderoutes.text.Printable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The paths that the gateway has, each for one method, and what is said of all others. */
public final class GatewayPaths {

    static final String MESSAGES = "/v1/messages";

    private static final String BATCHES = "/v1/messages/batches";

    private static final Map<Pattern, String> METHODS = Map.of(
            Pattern.compile(MESSAGES), "POST",
            Pattern.compile("/v1/messages/count_tokens"), "POST",
            Pattern.compile("/v1/messages/streams/[A-Za-z0-9_-]+"), "GET, DELETE",
            Pattern.compile("/v1/models(/(?![.]{1,2}$)[A-Za-z0-9._:@-]+)?"), "GET");
    /** Segments of dots, and what hides dots, slashes or control characters. */
    private static final Pattern HIDDEN =
            Pattern.compile("/[.]{1,2}(/|$)|%(2e|2f|5c|[01][0-9a-f]|7f)", Pattern.CASE_INSENSITIVE);

    private static final Pattern SLASHES = Pattern.compile("/+");

    private GatewayPaths() {}

    /** Slashes that stand side by side are one, and one at the end is none. Nothing else is undone: it stays unknown. */
    static String plain(String path) {
        String single = SLASHES.matcher(path).replaceAll("/");
        return single.length() > 1 && single.endsWith("/") ? single.substring(0, single.length() - 1) : single;
    }

    /**
     * The methods that a path is for, separated by a comma and a space, where the gateway has it.
     *
     * @param path as {@link #plain} gives it
     */
    static Optional<String> methods(String path) {
        return METHODS.entrySet().stream()
                .filter(known -> known.getKey().matcher(path).matches())
                .map(Map.Entry::getValue)
                .findAny();
    }

    /**
     * Whether a path is one of the API that the gateway has no rule of its own for.
     *
     * @param path as {@link #plain} gives it; a path that a server could read as another path gives false
     */
    static boolean isOther(String path) {
        return path.startsWith("/v1/")
                && !path.equals(MESSAGES)
                && methods(path).isEmpty()
                && !path.contains("\\")
                && !HIDDEN.matcher(path).find();
    }

    /**
     * Whether the body of a request for another path is passed on while it comes. Batches are read as a whole.
     *
     * @param path as {@link #plain} gives it
     */
    public static boolean isStreamed(String path) {
        return isOther(path) && !path.startsWith(BATCHES);
    }

    /**
     * Why a request that no route takes is not served.
     *
     * @param headers that the response has besides those of every refusal
     */
    record Refusal(ApiError error, Map<String, String> headers) {}

    /** Says what is wrong with a path or its method; where nothing is, its route is not there at the moment. */
    static Refusal refusal(String method, String path) {
        String right = methods(plain(path)).orElse("");
        if (right.isEmpty()) {
            return new Refusal(
                    ApiError.ours(404, "not_found_error", "there is no " + method + " " + Printable.of(path)),
                    Map.of());
        }
        if (!List.of(right.split(", ")).contains(method)) {
            return new Refusal(
                    ApiError.ours(
                            405, "invalid_request_error", path + " is for " + right.replace(", ", " and ") + " alone"),
                    Map.of("allow", right));
        }
        return new Refusal(
                ApiError.ours(
                        503,
                        "api_error",
                        "no route serves " + method + " " + path
                                + ": its file in routes/sources/ is being read again, or has it no more"),
                Map.of("retry-after", "1"));
    }
}
