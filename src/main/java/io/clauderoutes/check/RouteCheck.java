package io.clauderoutes.check;

import io.clauderoutes.ClaudeHeaders;
import io.clauderoutes.settings.CheckSettings;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.ProducerTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Camel endpoint that decides on each sentence of a text, or on the whole text. The sentence is the body of a message. The endpoint
 * leaves it as it is, changes it, or says {@code stop} in the header {@link ClaudeHeaders#VERDICT}.
 */
final class RouteCheck implements ReplyCheck {

    private static final Logger LOG = LoggerFactory.getLogger(RouteCheck.class);
    private static final String STOP = "stop";

    private final CheckSettings.Route settings;
    private final ProducerTemplate producer;
    private final ExecutorService threads;

    RouteCheck(CheckSettings.Route settings, ProducerTemplate producer, ExecutorService threads) {
        this.settings = settings;
        this.producer = producer;
        this.threads = threads;
    }

    /**
     * What the endpoint decides of a text.
     *
     * @param text that is handed on
     * @param failure why the text fails; empty if it does not
     */
    private record Decision(String text, Optional<String> failure) {}

    @Override
    public Run begin(CheckedRequest request) {
        return new RouteRun(request);
    }

    private Decision decide(CheckedRequest request, String text, String before) {
        Future<Exchange> asked = threads.submit(() -> producer.request(settings.uri(), exchange -> {
            exchange.setPattern(ExchangePattern.InOut);
            exchange.getMessage().setBody(text);
            exchange.getMessage().setHeaders(headers(request, before));
        }));
        try {
            Exchange decided = asked.get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
            if (decided.getException() != null) {
                return failed(request, text, decided.getException().getClass().getSimpleName());
            }
            return decision(decided, text);
        } catch (TimeoutException late) {
            asked.cancel(true);
            return failed(request, text, "no decision within timeout=" + settings.timeout());
        } catch (ExecutionException broken) {
            return failed(request, text, broken.getCause().getClass().getSimpleName());
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            asked.cancel(true);
            return failed(request, text, "the bundle stops");
        }
    }

    private static Map<String, Object> headers(CheckedRequest request, String before) {
        Map<String, Object> headers = new HashMap<>();
        headers.put(ClaudeHeaders.CHECK, request.check());
        headers.put(ClaudeHeaders.TEXT_BEFORE, before);
        headers.put(ClaudeHeaders.PROMPT_ID, request.request().prompt().id());
        headers.put(ClaudeHeaders.TENANT, request.request().prompt().options().tenant());
        headers.put(ClaudeHeaders.MODEL, request.request().prompt().request().model());
        return headers;
    }

    private static Decision decision(Exchange decided, String text) {
        String verdict = decided.getMessage().getHeader(ClaudeHeaders.VERDICT, "", String.class);
        if (verdict.toLowerCase(Locale.ROOT).startsWith(STOP)) {
            String reason = verdict.substring(STOP.length()).replaceFirst("^\\s*:\\s*", "");
            return new Decision("", Optional.of(reason.isEmpty() ? "its route stopped it" : reason));
        }
        String changed = decided.getMessage().getBody(String.class);
        return new Decision(changed == null ? text : changed, Optional.empty());
    }

    private Decision failed(CheckedRequest request, String text, String reason) {
        LOG.warn(
                "prompt {}: check {} has no decision of {} ({}): the reply {}",
                request.request().prompt().id(),
                request.check(),
                settings.uri().replaceFirst("\\?.*", ""),
                reason,
                settings.stopsOnFailure() ? "ends (on-failure=stop)" : "goes on (on-failure=pass)");
        return settings.stopsOnFailure()
                ? new Decision("", Optional.of("its route failed: " + reason))
                : new Decision(text, Optional.empty());
    }

    private final class RouteRun implements Run {
        private final CheckedRequest request;
        private final SentenceReader sentences = new SentenceReader();
        private final StringBuilder before = new StringBuilder();
        private Optional<String> failure = Optional.empty();

        RouteRun(CheckedRequest request) {
            this.request = request;
        }

        @Override
        public int accept(String piece, CheckedText out) {
            for (int i = 0; i < piece.length(); i++) {
                boolean ends = sentences.accept(piece.charAt(i));
                if (ends && !request.whole()) {
                    int length = sentences.length();
                    check(out);
                    if (failure.isPresent()) {
                        return Math.max(0, i + 1 - length);
                    }
                }
            }
            return piece.length();
        }

        private void check(CheckedText out) {
            String text = sentences.take();
            Decision decided = decide(request, text, before.toString());
            failure = decided.failure();
            if (failure.isPresent()) {
                return;
            }
            before.append(decided.text());
            if (decided.text().equals(text)) {
                out.release(text.length());
            } else {
                out.replace(text.length(), decided.text());
            }
        }

        @Override
        public void end(CheckedText out) {
            if (sentences.hasText()) {
                check(out);
            } else {
                out.release(sentences.length());
            }
        }

        @Override
        public Optional<String> failure() {
            return failure;
        }

        @Override
        public boolean isSlow() {
            return true;
        }
    }
}
