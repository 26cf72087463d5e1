package io.clauderoutes.simulator;

/** What becomes of one item of a batch, whatever it asks. */
public enum ItemFate {
    /** It is answered, if its request can be. */
    SUCCEEDED,
    /** It is answered, if its request can be, and the results have its line twice. */
    DOUBLED,
    /** The API fails at it. */
    ERRORED,
    /** The API's time is up before it. */
    EXPIRED,
    /** The batch was canceled before it. */
    CANCELED
}
