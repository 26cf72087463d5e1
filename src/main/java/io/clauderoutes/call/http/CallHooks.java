package io.clauderoutes.call.http;

import io.clauderoutes.call.endpoint.EndpointHealth;
import io.clauderoutes.call.endpoint.Failures;
import io.clauderoutes.call.http.DeadlineTimer.Watch;
import io.clauderoutes.credential.Credential;
import io.clauderoutes.credential.Credential.Answer;
import io.clauderoutes.credential.Token;
import io.clauderoutes.message.CallerCredential;
import io.clauderoutes.settings.EndpointSettings;
import java.io.IOException;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.protocol.HttpContext;

/**
 * What is done around a call of one endpoint, whatever the version of HTTP: the credential is put on at the last moment and
 * learns from the answer, and the wait for the answer's head ends in time.
 */
public final class CallHooks {

    /** A header that never comes from outside: the credential that was refused has been replaced. */
    public static final String RENEWED = "claude-credential-renewed";

    /** Attribute of a call's context: the caller's own credential. */
    public static final String CALLERS = "claude-caller-credential";

    private final EndpointSettings endpoint;
    private final Credential credential;
    private final EndpointHealth health;
    private final DeadlineTimer watchdog;
    private final LongSupplier ticker;

    public CallHooks(
            EndpointSettings endpoint,
            Credential credential,
            EndpointHealth health,
            DeadlineTimer watchdog,
            LongSupplier ticker) {
        this.endpoint = endpoint;
        this.credential = credential;
        this.health = health;
        this.watchdog = watchdog;
        this.ticker = ticker;
    }

    /** What was shown on a call, and when. */
    record Shown(Token token, long nanos) {}

    /**
     * Completes a request just before it leaves: no coding is asked for, the client's query is added. Shows who we are, or who the caller is: a call that is made with the caller's own credential carries it in its body or, if it
     * has none, in its context.
     */
    Optional<Shown> sign(HttpRequest request, EntityDetails body, HttpContext context) {
        request.setHeader(HttpHeaders.ACCEPT_ENCODING, "identity");
        if (body instanceof RequestBody its) {
            its.headers().forEach(request::setHeader);
            if (!its.query().isEmpty()) {
                request.setPath(request.getPath() + "?" + its.query());
            }
        }
        Optional<CallerCredential> callers = body instanceof RequestBody its
                ? its.credential()
                : Optional.ofNullable((CallerCredential) context.getAttribute(CALLERS));
        if (callers.isPresent()) {
            request.setHeader(callers.get().header(), callers.get().value());
            return Optional.empty();
        }
        return credential.sign(request).map(token -> new Shown(token, ticker.getAsLong()));
    }

    /** Lets the credential learn from an answer's head, and marks a refusal after which another call may go well. */
    void answered(HttpResponse response, Shown shown) {
        Header date = response.getFirstHeader(HttpHeaders.DATE);
        Answer answer =
                new Answer(response.getCode(), date == null ? "" : date.getValue(), shown.nanos(), ticker.getAsLong());
        boolean replaced = credential.answered(shown.token(), answer);
        if (replaced) {
            response.setHeader(RENEWED, "true");
        }
        boolean refused = response.getCode() == HttpStatus.SC_UNAUTHORIZED;
        if (refused != replaced || !refused) {
            health.credential(refused);
        }
    }

    /** Until an answer's head has come the timeouts run here; afterwards they run with the reply. */
    Waiting waiting(HttpEntity entity, Runnable cut) {
        return new Waiting(
                entity instanceof RequestBody prompt ? Optional.of(prompt) : Optional.empty(),
                entity instanceof StreamedBody,
                cut);
    }

    /** The wait for one head. */
    final class Waiting implements AutoCloseable {
        private final Optional<RequestBody> prompt;
        private final Watch watch;
        private long until;
        private String setting;

        /** @param streamed whether the body takes time to leave, so that the head may come late */
        private Waiting(Optional<RequestBody> prompt, boolean streamed, Runnable cut) {
            this.prompt = prompt;
            long now = ticker.getAsLong();
            until = now + endpoint.timeouts().total().toNanos();
            setting = EndpointReply.TOTAL_TIMEOUT;
            if (!streamed && prompt.filter(its -> !its.isStreamed()).isEmpty()) {
                sooner(now + endpoint.timeouts().firstToken().toNanos(), EndpointReply.FIRST_TOKEN_TIMEOUT);
            }
            if (prompt.isEmpty()) {
                watch = watchdog.watch(until, cut);
                return;
            }
            sooner(prompt.get().deadlineNanos(), Failures.DEADLINE);
            RequestBody its = prompt.get();
            watch = watchdog.watch(until, () -> health.hasGivenUp(its.startedNanos()) || its.isUnwanted(), cut);
        }

        private void sooner(long other, String its) {
            if (other - until < 0) {
                until = other;
                setting = its;
            }
        }

        /** Why there is no head: one of our timeouts, if it was one. */
        IOException failure(IOException cause) {
            if (!watch.fired()) {
                return cause;
            }
            if (prompt.filter(RequestBody::isUnwanted).isPresent()) {
                return new Failures.Unwanted();
            }
            return prompt.filter(its -> health.hasGivenUp(its.startedNanos())).isPresent()
                    ? new Failures.Silent()
                    : new Failures.NoResponse(setting);
        }

        @Override
        public void close() {
            watch.close();
        }
    }
}
