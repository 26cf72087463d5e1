package io.clauderoutes.agent.mcp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.zip.CRC32;

/** The names of tools of MCP servers for the model: {@code mcp__server__tool}, with the letters that the API takes. */
final class McpNames {

    private static final int LONGEST = 128;
    private static final int HASH = 9;

    private McpNames() {}

    static String of(String server, String tool) {
        String name = "mcp__" + server + "__" + tool.replaceAll("[^a-zA-Z0-9_-]", "_");
        if (name.length() <= LONGEST) {
            return name;
        }
        CRC32 hash = new CRC32();
        hash.update(tool.getBytes(UTF_8));
        return name.substring(0, LONGEST - HASH) + "_" + String.format("%08x", hash.getValue());
    }
}
