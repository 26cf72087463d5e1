package io.clauderoutes.simulator;

/** One answer's way to the bill: its input and the output written so far are charged once, when it ends or is cut. */
final class Tab implements Outflow.Progress {

    private final Call call;
    private final FinishedReply reply;
    private final boolean streamed;
    private final RateLimits limits;
    private final Till till;
    private final String contentType;
    private final Runnable ended;
    private int written;
    private boolean begun;

    /** @param ended runs when the answer has ended or was cut */
    Tab(
            Call call,
            FinishedReply reply,
            boolean streamed,
            RateLimits limits,
            Till till,
            String contentType,
            Runnable ended) {
        this.call = call;
        this.reply = reply;
        this.streamed = streamed;
        this.limits = limits;
        this.till = till;
        this.contentType = contentType;
        this.ended = ended;
    }

    @Override
    public void head() {
        begun = true;
        if (streamed) {
            till.streamBegun();
            call.response().putHeader("cache-control", "no-cache");
        }
        limits.describeTo(call.response());
        call.head(200, contentType);
    }

    @Override
    public void tokens(int produced) {
        written += produced;
        limits.produced(produced);
    }

    @Override
    public void whole() {
        charge();
        if (streamed) {
            till.streamEnded();
        }
        ended.run();
    }

    @Override
    public void cut() {
        charge();
        if (!begun) {
            till.unanswered();
        } else if (streamed) {
            till.streamCut();
        }
        ended.run();
    }

    void lost() {
        tokens(reply.outputTokens());
        charge();
    }

    private void charge() {
        if (reply.billed()) {
            till.billed("req_" + call.id(), reply.model(), reply.input(), written);
        }
    }
}
