package io.clauderoutes.call.http;

import io.clauderoutes.call.http.DeadlineTimer.Watch;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.function.LongSupplier;

/** A body whose reads end in time. Between two reads, the reader may take as long as it needs. */
final class WatchedBody extends FilterInputStream {

    private final DeadlineTimer watchdog;
    private final Duration idle;
    private final Runnable cut;
    private final LongSupplier ticker;

    WatchedBody(InputStream body, DeadlineTimer watchdog, Duration idle, Runnable cut, LongSupplier ticker) {
        super(body);
        this.watchdog = watchdog;
        this.idle = idle;
        this.cut = cut;
        this.ticker = ticker;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        Watch watch = watchdog.watch(ticker.getAsLong() + idle.toNanos(), cut);
        try (watch) {
            return in.read(bytes, from, length);
        } catch (IOException failure) {
            throw watch.fired()
                    ? new SocketTimeoutException("nothing arrived for " + idle.toMillis() + " ms")
                    : failure;
        }
    }
}
