package io.clauderoutes.settings;

import static io.clauderoutes.settings.SettingsReader.MANY;

import io.clauderoutes.settings.SettingsReader.Section;

/** Reads how many calls an endpoint may have in flight: {@code claude.call.concurrency}, or that of one endpoint. */
final class ConcurrencyReader {

    private static final String WHAT = "concurrency";
    private static final String EXPECTED = "expected off, auto or a whole number from 1 to " + MANY;

    private final Section call;
    private final int min;
    private final int max;

    ConcurrencyReader(Section call) {
        this.call = call;
        this.min = call.count("concurrency-min-calls", 1, MANY);
        int most = call.count("concurrency-max-calls", 1, MANY);
        if (most < min) {
            call.mistaken("concurrency-max-calls", "is below claude.call.concurrency-min-calls=" + min);
        }
        this.max = Math.max(min, most);
        limit(call, MANY);
    }

    /** @param connections of the endpoint, which are the upper bound of an adapted limit */
    ConcurrencySettings of(Section endpoint, int connections) {
        return limit(endpoint.text(WHAT).isEmpty() ? call : endpoint, connections);
    }

    private ConcurrencySettings limit(Section section, int connections) {
        String value = section.text(WHAT);
        switch (value) {
            case "off" -> {
                return ConcurrencySettings.UNLIMITED;
            }
            case "auto" -> {
                int most = Math.min(max, connections);
                return new ConcurrencySettings(Math.min(min, most), most);
            }
            default -> {
                if (value.matches("0*[1-9][0-9]{0,5}")) {
                    int limit = Integer.parseInt(value);
                    return new ConcurrencySettings(limit, limit);
                }
                section.mistaken(WHAT, EXPECTED);
                return ConcurrencySettings.UNLIMITED;
            }
        }
    }
}
