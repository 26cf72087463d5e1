package io.clauderoutes.redact;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is to be redacted. A kind that is not named is off. */
public record RedactionSettings(Map<Kind, KindSettings> kinds, List<PatternSettings> patterns) {

    public RedactionSettings {
        Map<Kind, KindSettings> ordered = new EnumMap<>(Kind.class);
        ordered.putAll(kinds);
        kinds = Map.copyOf(ordered);
        patterns = List.copyOf(patterns);
        Set<String> names = new HashSet<>();
        for (PatternSettings pattern : patterns) {
            if (!names.add(pattern.name())) {
                throw new IllegalArgumentException("claude.redact.patterns." + pattern.name() + " is given twice");
            }
        }
    }

    /** Every built-in kind, none of the user's. */
    public static RedactionSettings all() {
        return only(Kind.values());
    }

    /** These built-in kinds, as they are by default. */
    public static RedactionSettings only(Kind... kinds) {
        Map<Kind, KindSettings> settings = new EnumMap<>(Kind.class);
        for (Kind kind : kinds) {
            settings.put(kind, KindSettings.defaults(kind));
        }
        return new RedactionSettings(settings, List.of());
    }

    public RedactionSettings with(Kind kind, KindSettings settings) {
        Map<Kind, KindSettings> changed = new EnumMap<>(Kind.class);
        changed.putAll(kinds);
        changed.put(kind, settings);
        return new RedactionSettings(changed, patterns);
    }

    public RedactionSettings with(PatternSettings pattern) {
        List<PatternSettings> longer = new ArrayList<>(patterns);
        longer.add(pattern);
        return new RedactionSettings(kinds, longer);
    }

    KindSettings of(Kind kind) {
        return kinds.getOrDefault(kind, KindSettings.off(kind));
    }
}
