package io.clauderoutes.ledger.row;

/**
 * Whose, from where, to what: what reports are grouped by. Few of them have many rows each.
 *
 * @param endpoint empty where no call was made
 */
public record Subject(String tenant, String source, String model, String endpoint) {

    private static final int LONGEST = 120;

    public Subject {
        tenant = shortened(tenant);
        source = shortened(source);
        model = shortened(model);
        endpoint = shortened(endpoint);
    }

    /** Names come from outside, and an index has no room for any length. The end of a long one tells it from others. */
    private static String shortened(String name) {
        return name.length() <= LONGEST
                ? name
                : name.substring(0, LONGEST - Integer.BYTES * 2 - 1) + "~" + Integer.toHexString(name.hashCode());
    }
}
