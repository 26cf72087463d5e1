package io.clauderoutes.simulator;

/** What a client gets when it gets a fault instead of an answer. */
record Mishap(Call call) implements Fault.Instead.Cases<Runnable> {

    private static final String PAGE = """
            <!DOCTYPE html>
            <html><head><title>%1$d</title></head>
            <body><h1>%1$d</h1><p>The proxy between you and the server has something to say.</p></body></html>
            """;

    @Override
    public Runnable status(Fault.Status fault) {
        return () -> call.refuse(ErrorReply.of(fault));
    }

    @Override
    public Runnable html(Fault.Html fault) {
        return () -> call.text(fault.status(), "text/html; charset=utf-8", PAGE.formatted(fault.status()));
    }

    @Override
    public Runnable redirect(Fault.Redirect fault) {
        return () -> {
            call.response().putHeader("location", fault.location());
            call.text(fault.status(), "text/plain", "");
        };
    }

    @Override
    public Runnable resetBeforeHeaders(Fault.ResetBeforeHeaders fault) {
        return call::hangUp;
    }

    @Override
    public Runnable stallBeforeHeaders(Fault.StallBeforeHeaders fault) {
        return () -> call.wait(fault.duration(), call::hangUp);
    }
}
