package io.clauderoutes.settings;

import java.time.Duration;

/**
 * The strategy {@code auto}.
 *
 * @param shortReply a reply that is expected within this time is held until it is whole
 * @param pacing who gets text at an even pace
 */
public record AutoSettings(Duration shortReply, Pacing pacing) {

    /** Who gets text at an even pace. */
    public enum Pacing {
        /** None: text is sent on as it arrives. */
        OFF,
        /** Sinks and routes; a client of the gateway gets the events of the endpoint. */
        SINKS,
        /** Clients of the gateway, too. */
        ALL
    }
}
