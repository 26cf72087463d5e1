package io.clauderoutes.bundle;

import io.clauderoutes.settings.SettingsException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.CamelContext;

/**
 * Camel's HTTP servers only log that their port is taken, and the rest runs on without them. This says so before anything is
 * started, and names the setting.
 */
final class PortCheck {

    private static final List<String> SERVERS = List.of("camel.server", "camel.management");

    private PortCheck() {}

    /**
     * Checks the ports of all servers that are to be started.
     *
     * @throws SettingsException with one line for each port that cannot be had
     */
    static void check(CamelContext context) {
        List<String> taken = new ArrayList<>();
        for (String server : SERVERS) {
            if (setting(context, server + ".enabled", "false").equals("true")) {
                String host = setting(context, server + ".host", "0.0.0.0");
                String port = setting(context, server + ".port", "0");
                try (ServerSocket socket = new ServerSocket(Integer.parseInt(port), 1, InetAddress.getByName(host))) {
                    socket.setReuseAddress(true);
                } catch (IOException inUse) {
                    taken.add(server + ".port=" + port + " cannot be opened on " + host + " (" + inUse.getMessage()
                            + "): stop what listens there, or choose another port");
                } catch (NumberFormatException notAPort) {
                    taken.add(server + ".port=" + port + ": expected a port number");
                }
            }
        }
        if (!taken.isEmpty()) {
            throw new SettingsException(taken);
        }
    }

    private static String setting(CamelContext context, String key, String otherwise) {
        return context.resolvePropertyPlaceholders("{{" + key + ":" + otherwise + "}}");
    }
}
