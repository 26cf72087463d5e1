package io.clauderoutes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The JSON of one event exactly as it arrived, so that an unchanged event is sent on byte for byte. */
public final class Frame {

    private final byte[] json;

    /** Takes over {@code json}; the caller keeps no reference to it. */
    public Frame(byte[] json) {
        this.json = json;
    }

    public static Frame of(String json) {
        return new Frame(json.getBytes(StandardCharsets.UTF_8));
    }

    /** The bytes themselves; they are not to be changed. */
    public byte[] bytes() {
        return json;
    }

    public int length() {
        return json.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Frame that && Arrays.equals(json, that.json);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(json);
    }

    @Override
    public String toString() {
        return "Frame[" + json.length + " bytes]";
    }
}
