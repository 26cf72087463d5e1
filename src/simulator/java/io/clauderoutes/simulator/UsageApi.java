package io.clauderoutes.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalUnit;
import java.util.Map;

/** The reports of what was used, in the older form and in the newer: the same sums, asked for by other names, for admins only. */
final class UsageApi {

    private static final String ADMIN = "sk-ant-admin";
    private static final String BETA = "analytics-usage-cost-2026-08-24";
    private static final Map<String, TemporalUnit> WIDTHS =
            Map.of("1m", ChronoUnit.MINUTES, "1h", ChronoUnit.HOURS, "1d", ChronoUnit.DAYS);
    private static final Map<String, Integer> LARGEST_PAGES = Map.of("1m", 1_440, "1h", 168, "1d", 31);
    private static final Map<String, Integer> USUAL_PAGES = Map.of("1m", 60, "1h", 24, "1d", 7);
    private static final int LARGEST_NEWER_PAGE = 1_000;

    private final Charges charges;
    private final Clock clock;

    UsageApi(Charges charges, Clock clock) {
        this.charges = charges;
        this.clock = clock;
    }

    /** {@code GET /v1/organizations/usage_report/messages}. */
    void messages(Call call) throws RefusedCall {
        admin(call);
        String width = call.parameter("bucket_width").orElse("1d");
        report(call, width, USUAL_PAGES.getOrDefault(width, 1), LARGEST_PAGES.getOrDefault(width, 1), false);
    }

    /** {@code GET /v1/organizations/analytics/usage}. */
    void analytics(Call call) throws RefusedCall {
        admin(call);
        if (!call.header("anthropic-beta").orElse("").contains(BETA)) {
            throw new RefusedCall(ErrorReply.invalid("anthropic-beta: " + BETA + " is required"));
        }
        report(call, call.parameter("time_bucket_width").orElse("1d"), LARGEST_NEWER_PAGE, LARGEST_NEWER_PAGE, true);
    }

    private static void admin(Call call) throws RefusedCall {
        if (!call.header("x-api-key").orElse("").startsWith(ADMIN)) {
            throw new RefusedCall(new ErrorReply(401, "an admin key is required"));
        }
    }

    private void report(Call call, String word, int usual, int largest, boolean newer) throws RefusedCall {
        TemporalUnit width = WIDTHS.get(word);
        if (width == null) {
            throw new RefusedCall(ErrorReply.invalid("the width of a bucket is 1m, 1h or 1d"));
        }
        Instant from = instant(call, "page", instant(call, "starting_at", null)).truncatedTo(width);
        Instant now = clock.instant();
        Instant to = instant(call, "ending_at", now);
        int limit = Math.min(largest, limit(call, usual));
        boolean byModel = call.parameter("group_by[]").orElse("").equals("model");
        Duration step = width.getDuration();
        Instant end = from.plus(step.multipliedBy(limit));
        boolean more = end.isBefore(to);
        call.json(200, Json.write(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("data");
            for (Instant at = from; at.isBefore(to) && at.isBefore(end); at = at.plus(step)) {
                bucket(json, at, at.plus(step), byModel);
            }
            json.writeEndArray();
            json.writeBooleanField("has_more", more);
            json.writeStringField("next_page", more ? end.toString() : null);
            if (newer) {
                json.writeStringField("data_refreshed_at", now.toString());
            }
            json.writeEndObject();
        }));
    }

    private void bucket(JsonGenerator json, Instant from, Instant to, boolean byModel) throws IOException {
        json.writeStartObject();
        json.writeStringField("starting_at", from.toString());
        json.writeStringField("ending_at", to.toString());
        json.writeArrayFieldStart("results");
        if (byModel) {
            for (Charge sum : charges.between(from, to)) {
                result(json, sum, sum.model());
            }
        } else {
            var all = charges.between(from, to).stream().reduce(Charge::plus);
            if (all.isPresent()) {
                result(json, all.get(), null);
            }
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void result(JsonGenerator json, Charge sum, String model) throws IOException {
        json.writeStartObject();
        json.writeNumberField("uncached_input_tokens", sum.tokens().input());
        json.writeObjectFieldStart("cache_creation");
        json.writeNumberField("ephemeral_5m_input_tokens", sum.tokens().cacheWrite5m());
        json.writeNumberField("ephemeral_1h_input_tokens", sum.tokens().cacheWrite1h());
        json.writeEndObject();
        json.writeNumberField("cache_read_input_tokens", sum.tokens().cacheRead());
        json.writeNumberField("output_tokens", sum.tokens().output());
        json.writeObjectFieldStart("server_tool_use");
        json.writeNumberField("web_search_requests", 0);
        json.writeEndObject();
        json.writeStringField("model", model);
        for (String unasked :
                new String[] {"api_key_id", "workspace_id", "service_tier", "context_window", "inference_geo"}) {
            json.writeNullField(unasked);
        }
        json.writeEndObject();
    }

    private static Instant instant(Call call, String name, Instant otherwise) throws RefusedCall {
        String text = call.parameter(name).orElse("");
        try {
            if (!text.isEmpty()) {
                return Instant.parse(text);
            }
        } catch (DateTimeException notATime) {
            throw new RefusedCall(ErrorReply.invalid(name + ": expected a time such as 2026-11-20T00:00:00Z"));
        }
        if (otherwise == null) {
            throw new RefusedCall(ErrorReply.invalid(name + ": Field required"));
        }
        return otherwise;
    }

    private static int limit(Call call, int usual) throws RefusedCall {
        try {
            int limit = Integer.parseInt(call.parameter("limit").orElse(Integer.toString(usual)));
            if (limit > 0) {
                return limit;
            }
        } catch (NumberFormatException notANumber) {
            // told below
        }
        throw new RefusedCall(ErrorReply.invalid("limit: expected a number above 0"));
    }
}
