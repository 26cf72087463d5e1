package io.clauderoutes.settings;

import java.time.Duration;
import java.util.List;

/**
 * How the ledger is compared with the API's own report of usage.
 *
 * @param credential name of an administrator's credential
 * @param endpoint name of the endpoint that is asked, and whose attempts are compared
 * @param newer whether the newer of the API's two reports is asked for
 * @param toleranceTokens of each class, in an hour of a model, that are no difference
 */
public record ReconciliationSettings(
        String credential, String endpoint, boolean newer, Schedule schedule, long toleranceTokens, Filter filter) {
    /**
     * When the ledger is compared, and how far back.
     *
     * @param delay how long after its end an hour is compared
     * @param lookBack how far each comparison goes back
     */
    public record Schedule(Duration interval, Duration delay, Duration lookBack) {}

    /** Which keys and workspaces of the API are compared. */
    public record Filter(List<String> apiKeyIds, List<String> workspaceIds) {}
}
