package io.clauderoutes.simulator;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;

/**
 * Sends a script as fast as its speed and the client's reading allow. All of it runs on one event loop, and what is to
 * be sent at one moment is sent in one write.
 */
final class Outflow implements Script.Listener {

    private static final int MOST_AT_ONCE = 16 * 1024;
    private static final int LONGEST_TICK_MILLIS = 500;

    /** What is told about the answer, each before the client can notice it. */
    interface Progress {
        /** The head is about to be sent. */
        void head();

        void tokens(int produced);

        void whole();

        void cut();
    }

    private final Vertx vertx;
    private final Context context;
    private final HttpServerResponse response;
    private final HardReset reset;
    private final Script script;
    private final Progress progress;
    private final boolean paced;
    private final int tickMillis;
    private final double tokensPerTick;

    private Buffer batch = Buffer.buffer(2_048);
    private State state = State.RUNNING;
    private boolean headSent;
    private double credit;
    private long ticker = -1;
    private long alarm = -1;

    Outflow(
            Vertx vertx,
            HttpServerResponse response,
            HardReset reset,
            Script script,
            Progress progress,
            int tokensPerSecond,
            int deltaTokens) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.response = response;
        this.reset = reset;
        this.script = script;
        this.progress = progress;
        this.paced = tokensPerSecond > 0;
        this.tickMillis =
                paced ? (int) Math.max(1, Math.min(LONGEST_TICK_MILLIS, 1000L * deltaTokens / tokensPerSecond)) : 0;
        this.tokensPerTick = tokensPerSecond * tickMillis / 1000.0;
    }

    private enum State {
        RUNNING,
        SILENT,
        OVER
    }

    void start() {
        response.closeHandler(nothing -> clientLeft());
        response.exceptionHandler(failure -> clientLeft());
        response.drainHandler(nothing -> run());
        if (paced) {
            ticker = vertx.setPeriodic(tickMillis, id -> tick());
        }
        run();
    }

    @Override
    public void bytes(Script.Bytes step) {
        progress.tokens(step.tokens());
        if (paced) {
            credit -= step.tokens();
        }
        batch.appendBuffer(step.bytes());
        if (step.alone()) {
            send();
            state = State.SILENT;
            context.runOnContext(nothing -> goOn());
        }
    }

    @Override
    public void silence(Script.Silence step) {
        send();
        state = State.SILENT;
        if (!step.duration().equals(Fault.FOREVER)) {
            alarm = vertx.setTimer(millis(step.duration()), id -> goOn());
        }
    }

    @Override
    public void cut(Script.Cut step) {
        if (step.how() == Script.Cut.How.CLOSE) {
            send();
        } else {
            head();
        }
        over();
        progress.cut();
        switch (step.how()) {
            case END -> response.end(batch);
            case RESET -> reset.after(response.write(batch));
            case CLOSE -> reset.close();
        }
    }

    private void run() {
        while (state == State.RUNNING) {
            if (!script.hasNext()) {
                head();
                over();
                progress.whole();
                response.end(batch);
                return;
            }
            if (credit < 0) {
                send();
                return;
            }
            if (batch.length() >= MOST_AT_ONCE) {
                send();
            }
            if (response.writeQueueFull()) {
                return;
            }
            script.next().tell(this);
        }
    }

    private void tick() {
        credit = Math.min(credit + tokensPerTick, tokensPerTick);
        run();
    }

    private void goOn() {
        if (state == State.SILENT) {
            state = State.RUNNING;
            run();
        }
    }

    private void send() {
        if (batch.length() == 0) {
            return;
        }
        head();
        response.write(batch);
        batch = Buffer.buffer(2_048);
    }

    private void head() {
        if (!headSent) {
            headSent = true;
            progress.head();
        }
    }

    private void clientLeft() {
        if (state != State.OVER) {
            over();
            progress.cut();
        }
    }

    private void over() {
        state = State.OVER;
        if (ticker >= 0) {
            vertx.cancelTimer(ticker);
        }
        if (alarm >= 0) {
            vertx.cancelTimer(alarm);
        }
    }

    static long millis(Duration duration) {
        return Math.max(1, duration.toMillis());
    }
}
