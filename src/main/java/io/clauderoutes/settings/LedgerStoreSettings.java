package io.clauderoutes.settings;

/**
 * Where the ledger is kept.
 *
 * @param url of JDBC; empty for a file in {@code claude.data}
 */
public record LedgerStoreSettings(String url, String user, String password) {

    /** Tells everything but the password. */
    @Override
    public String toString() {
        return "Store[url=" + url + ", user=" + user + "]";
    }
}
