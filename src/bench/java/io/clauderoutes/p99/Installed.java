package io.clauderoutes.p99;

import io.clauderoutes.sidebyside.Machine;
import io.clauderoutes.sidebyside.Portkey;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Which programs of others are on this machine. */
final class Installed {

    private Installed() {}

    /** Variants that cannot be measured here, each with the reason. */
    static Map<String, String> absent() throws InterruptedException {
        Map<String, String> absent = new HashMap<>();
        try {
            Machine.nginx();
        } catch (IOException e) {
            absent.put(Variant.NGINX.name(), "nginx is not installed");
        }
        try {
            Portkey.installed();
        } catch (IOException | IllegalStateException e) {
            absent.put(Variant.PORTKEY.name(), "npm cannot install Portkey: " + e.getMessage());
        }
        return absent;
    }
}
