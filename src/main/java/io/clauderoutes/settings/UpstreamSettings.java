package io.clauderoutes.settings;

import java.util.Map;

/** Settings of the calls to the API. */
public record UpstreamSettings(
        CallSettings call,
        BatchSettings batch,
        Map<String, EndpointSettings> endpoints,
        Map<String, CredentialSettings> credentials,
        PredictionSettings prediction) {}
