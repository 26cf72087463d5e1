package io.clauderoutes.sidebyside;

import java.io.IOException;
import java.util.concurrent.DelayQueue;

/** Sends streams that take their time, on a thread of its own that wakes when a delta is due. */
final class Pacer {

    private final DelayQueue<PacedStream> due = new DelayQueue<>();
    private final FixedReplies replies;

    Pacer(FixedReplies replies) {
        this.replies = replies;
    }

    void start() {
        Thread thread = new Thread(this::run, "pacer");
        thread.setDaemon(true);
        thread.start();
    }

    /** Sends the first delta at once, and the others as time goes by. From now on the call may be read for its next request. */
    void begin(UpstreamCall call) throws IOException {
        PacedStream stream = new PacedStream(call, replies);
        call.done();
        if (stream.send()) {
            due.add(stream);
        }
    }

    private void run() {
        try {
            while (true) {
                PacedStream stream = due.take();
                try {
                    if (stream.send()) {
                        due.add(stream);
                    }
                } catch (IOException gone) {
                    stream.close();
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
