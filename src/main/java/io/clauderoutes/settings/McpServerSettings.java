package io.clauderoutes.settings;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * {@code claude.mcp.<name>.*}: one server of the Model Context Protocol. Values that can be secrets are not in {@link #toString()}.
 *
 * @param url of the server, if it is reached by HTTP
 * @param headers of each HTTP request
 * @param tools names of its tools that prompts can have
 * @param required whether a prompt that names the server fails while it cannot be reached
 * @param timeout of a request to the server
 */
public record McpServerSettings(
        Program program,
        Optional<URI> url,
        Map<String, String> headers,
        List<Pattern> tools,
        boolean required,
        Duration timeout) {
    /**
     * The program of a server that is reached by its standard input and output.
     *
     * @param command program that is started and spoken to by its standard input and output; empty where there is a URL
     * @param args of the program
     * @param env variables of the program, beside those that every program needs
     */
    public record Program(Optional<String> command, List<String> args, Map<String, String> env) {}

    @Override
    public String toString() {
        return "McpServer[" + program.command().orElseGet(() -> String.valueOf(url.orElse(null))) + "]";
    }
}
