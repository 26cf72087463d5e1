package io.clauderoutes.sidebyside;

import static io.clauderoutes.sidebyside.Markdown.format;
import static io.clauderoutes.sidebyside.Markdown.header;
import static io.clauderoutes.sidebyside.Markdown.row;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Resident memory of the processes under test, before their first call and after their last. */
final class Memory {

    private static final double MEGA = 1_000_000;

    private final List<Contender> contenders;
    private final Map<Contender, Long> before;

    /** Looks at the processes for the first time. */
    Memory(List<Contender> contenders) {
        this.contenders =
                contenders.stream().filter(one -> !one.name().equals("direct")).toList();
        this.before = look();
    }

    private Map<Contender, Long> look() {
        Map<Contender, Long> bytes = new LinkedHashMap<>();
        contenders.forEach(one -> bytes.put(one, one.server().cost().residentBytes()));
        return bytes;
    }

    /** Looks at them again, and says both. */
    String markdown() {
        Map<Contender, Long> after = look();
        StringBuilder text = new StringBuilder("\n### Resident memory\n\n");
        header(text, List.of("way", "after its start, MB", "after all loads, MB"));
        after.forEach((contender, bytes) -> row(
                text,
                List.of(contender.name(), format("%.0f", before.get(contender) / MEGA), format("%.0f", bytes / MEGA))));
        return text.toString();
    }
}
