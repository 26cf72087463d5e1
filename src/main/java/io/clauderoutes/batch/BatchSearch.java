package io.clauderoutes.batch;

import io.clauderoutes.message.ApiBatch;
import io.clauderoutes.message.BatchJson;
import io.clauderoutes.message.BatchResult;
import io.clauderoutes.message.MessageJson;
import io.clauderoutes.request.PassThroughApi;
import io.clauderoutes.stream.JsonLines;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks among the API's batches for one whose creation was not answered. The API tells the names of a batch's items only in its
 * results, so a batch is recognised when it has ended.
 */
public final class BatchSearch {

    private static final Logger LOG = LoggerFactory.getLogger(BatchSearch.class);
    private static final String PATH = "/v1/messages/batches";
    private static final int PAGE = 100;
    private static final int LONGEST_ANSWER = 64 * 1024 * 1024;
    private static final Duration CLOCKS_DIFFER = Duration.ofHours(1);

    private final PassThroughApi api;
    private final BatchJson json;
    private final int longestLine;
    private final Predicate<String> known;
    private final Function<String, Optional<Long>> batchOf;
    /** Batches of the API that are somebody else's. */
    private final Set<String> foreign = ConcurrentHashMap.newKeySet();

    /**
     * Searches for the batches of one file.
     *
     * @param longestLine bytes that a line of results may have
     * @param known whether a batch of the API is in the file already, by its id
     * @param batchOf the batch of the file that an item is in, by the {@code custom_id} of the item
     */
    public BatchSearch(
            PassThroughApi api,
            BatchJson json,
            int longestLine,
            Predicate<String> known,
            Function<String, Optional<Long>> batchOf) {
        this.api = api;
        this.json = json;
        this.longestLine = longestLine;
        this.known = known;
        this.batchOf = batchOf;
    }

    /**
     * What a search came to.
     *
     * @param apiId the API's id of the batch; empty if it was not found
     * @param mayAppear whether a batch that has not ended may be the one
     */
    public record Found(Optional<String> apiId, boolean mayAppear) {}

    /**
     * Searches for one batch.
     *
     * @param items how many the batch has
     * @param formed when it was put together; the API cannot have created it before
     */
    public Found find(String endpoint, long batch, int items, Instant formed) {
        boolean mayAppear = false;
        for (ApiBatch candidate : candidates(endpoint, items, formed.minus(CLOCKS_DIFFER))) {
            if (!candidate.ended()) {
                mayAppear = true;
                continue;
            }
            Optional<Long> its = firstBatch(endpoint, candidate);
            if (its.isEmpty()) {
                foreign.add(candidate.id());
            } else if (its.get() == batch) {
                return new Found(Optional.of(candidate.id()), false);
            }
        }
        return new Found(Optional.empty(), mayAppear);
    }

    /** The API's batches that may be the one, newest first: as many items, nobody's whom we know, and not made before it was. */
    private List<ApiBatch> candidates(String endpoint, int items, Instant first) {
        List<ApiBatch> candidates = new ArrayList<>();
        Optional<String> after = Optional.of("");
        while (after.isPresent()) {
            String from = after.get().isEmpty() ? "" : "&after_id=" + after.get();
            BatchJson.Page page = api.call(
                    endpoint,
                    PassThroughApi.Call.get(PATH + "?limit=" + PAGE + from),
                    body -> json.page(body.readNBytes(LONGEST_ANSWER)));
            for (ApiBatch one : page.batches()) {
                if (one.created().isBefore(first)) {
                    return candidates;
                }
                if (one.counts().all() == items && !foreign.contains(one.id()) && !known.test(one.id())) {
                    candidates.add(one);
                }
            }
            after = page.last();
        }
        return candidates;
    }

    /** Which batch of the file a batch of the API is; empty if it is somebody else's. Another of the file may be in doubt as well. */
    private Optional<Long> firstBatch(String endpoint, ApiBatch candidate) {
        return api.call(endpoint, PassThroughApi.Call.get(PATH + "/" + candidate.id() + "/results"), this::firstBatch);
    }

    /** The batch that the first result names. */
    private Optional<Long> firstBatch(InputStream body) throws IOException {
        List<Long> found = new ArrayList<>();
        try {
            new JsonLines(body, longestLine).read(new JsonLines.Lines() {
                @Override
                public void line(byte[] line) throws IOException {
                    try {
                        BatchResult result = json.result(line);
                        batchOf.apply(result.customId()).ifPresent(found::add);
                        throw new Enough();
                    } catch (MessageJson.JunkFrame junk) {
                        LOG.debug("the next line may tell: {}", junk.getMessage());
                    }
                }

                @Override
                public void tooLong() {
                    // the next line may tell
                }
            });
        } catch (Enough enough) {
            return found.stream().findFirst();
        }
        return Optional.empty();
    }

    /** One line was enough. */
    private static final class Enough extends IOException {
        private static final long serialVersionUID = 1;
    }
}
