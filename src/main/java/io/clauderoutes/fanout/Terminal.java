package io.clauderoutes.fanout;

import io.clauderoutes.ClaudeHeaders;
import java.io.PrintStream;
import org.apache.camel.Body;
import org.apache.camel.Header;

/** Shows answers in a terminal as they grow. Where several grow at once, a line says whose turn it is. */
public final class Terminal {

    private final PrintStream out;
    private String shown = "";

    public Terminal(PrintStream out) {
        this.out = out;
    }

    /** Prints one chunk. */
    public synchronized void print(
            @Body String chunk,
            @Header(ClaudeHeaders.PROMPT_ID) String promptId,
            @Header(ClaudeHeaders.NAME) String name,
            @Header(ClaudeHeaders.LAST) boolean last) {
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

    /** An answer is data: what would move the cursor or colour the screen is not passed on. */
    private static String printable(String chunk) {
        return chunk.replaceAll("[\\p{IsControl}&&[^\\n\\t]]", "");
    }
}
