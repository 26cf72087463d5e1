package io.clauderoutes.prediction;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far the replies of a model, a tenant and a template were from their prediction, on average. It keeps the keys that were used
 * last, by hash. Not safe for use by two threads.
 */
final class History {

    private static final int MOST_KEYS = 4096;
    /** Replies of a key that its average needs to count half. */
    private static final double HALF = 4;
    /** The average is one over the latest so many replies. */
    private static final int WINDOW = 64;

    private final Map<Long, Average> averages = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Average> eldest) {
            return size() > MOST_KEYS;
        }
    };

    private record Average(int count, double mean) {
        private double weighted() {
            return mean * count / (count + HALF);
        }

        private Average with(double value) {
            int more = Math.min(WINDOW, count + 1);
            return new Average(more, mean + (value - mean) / more);
        }
    }

    /** The keys of a request, from the widest to the narrowest. */
    static long[] keys(PromptFacts facts) {
        long model = mix(facts.model().hashCode());
        long tenant = mix(model ^ facts.tenant().hashCode());
        long template = mix(tenant ^ PromptFeatures.template(facts.input().text(), 4));
        long longTemplate = mix(tenant ^ PromptFeatures.template(facts.input().text(), 12));
        return new long[] {model, tenant, template, longTemplate};
    }

    private static long mix(long value) {
        long mixed = (value ^ (value >>> 32)) * 0x9E3779B97F4A7C15L;
        return mixed ^ (mixed >>> 29);
    }

    /** What the averages of the keys add to a prediction. */
    double correction(long[] keys) {
        double sum = 0;
        for (long key : keys) {
            Average average = averages.get(key);
            sum += average == null ? 0 : average.weighted();
        }
        return sum;
    }

    /** A reply was so far off. Each key learns what the wider ones do not explain. */
    void learn(long[] keys, double off) {
        double left = off;
        for (long key : keys) {
            Average average = averages.getOrDefault(key, new Average(0, 0));
            double known = average.weighted();
            averages.put(key, average.with(left));
            left -= known;
        }
    }

    int size() {
        return averages.size();
    }

    void write(DataOutput out) throws IOException {
        out.writeInt(averages.size());
        for (Map.Entry<Long, Average> entry : averages.entrySet()) {
            out.writeLong(entry.getKey());
            out.writeInt(entry.getValue().count());
            out.writeDouble(entry.getValue().mean());
        }
    }

    void read(DataInput in) throws IOException {
        int size = in.readInt();
        if (size < 0 || size > MOST_KEYS) {
            throw new IOException("it has " + size + " averages");
        }
        averages.clear();
        for (int i = 0; i < size; i++) {
            averages.put(in.readLong(), new Average(in.readInt(), in.readDouble()));
        }
    }
}
