package io.clauderoutes.meters;

import io.clauderoutes.text.Printable;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Values of a tag that come from outside: past the greatest number of distinct values, the rest is {@code other}. */
final class BoundedTags {

    private static final String OTHER = "other";

    private final int most;
    private final Set<String> values = ConcurrentHashMap.newKeySet();

    BoundedTags(int most) {
        this.most = most;
    }

    /** The value as the tag shows it. */
    String bounded(String value) {
        String printable = Printable.of(value);
        if (values.contains(printable)) {
            return printable;
        }
        if (values.size() >= most) {
            return OTHER;
        }
        values.add(printable);
        return printable;
    }
}
