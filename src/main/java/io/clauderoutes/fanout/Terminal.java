package io.clauderoutes.fanout;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.message.MessageJson;
import java.io.PrintStream;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Body;
import org.apache.camel.Header;

/**
 * Shows replies in a terminal as they grow. Where several grow at once, a line says whose turn it is. Where the log is JSON, each chunk
 * is an object on a line of its own, so that what reads the log can read all.
 */
public final class Terminal {

    private final PrintStream out;
    private final Optional<MessageJson> json;
    private final Clock clock;
    private String shown = "";

    /**
     * Shows replies.
     *
     * @param json writes chunks as JSON; empty for text
     */
    public Terminal(PrintStream out, Optional<MessageJson> json, Clock clock) {
        this.out = out;
        this.json = json;
        this.clock = clock;
    }

    /** Prints one chunk. */
    public synchronized void print(
            @Body String chunk,
            @Header(ClaudeHeaders.PROMPT_ID) String promptId,
            @Header(ClaudeHeaders.NAME) String name,
            @Header(ClaudeHeaders.LAST) boolean last) {
        if (json.isPresent()) {
            out.writeBytes(line(json.get(), chunk, promptId, name, last));
            out.flush();
            return;
        }
        if (!promptId.equals(shown)) {
            if (last) {
                return;
            }
            out.print((shown.isEmpty() ? "" : System.lineSeparator()) + "--- "
                    + printable(name == null || name.isEmpty() ? promptId : name)
                            .replace("\n", "") + System.lineSeparator());
            shown = promptId;
        }
        out.print(printable(chunk));
        if (last) {
            out.println();
            shown = "";
        }
        out.flush();
    }

    private byte[] line(MessageJson writer, String chunk, String promptId, String name, boolean last) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("timestamp", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
        fields.put("level", "INFO");
        fields.put("logger", "claudeTerminal");
        fields.put("request", promptId);
        fields.put("name", name == null ? "" : name);
        fields.put("chunk", chunk);
        fields.put("last", last);
        return (new String(writer.bytesOf(fields), UTF_8) + System.lineSeparator()).getBytes(UTF_8);
    }

    /** An answer is data: what would move the cursor or colour the screen is not passed on. */
    private static String printable(String chunk) {
        return chunk.replaceAll("[\\p{IsControl}&&[^\\n\\t]]", "");
    }
}
