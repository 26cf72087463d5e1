package io.clauderoutes.credential;

import io.clauderoutes.concurrent.BundleRuntime;
import io.clauderoutes.concurrent.SleepFunction;
import io.clauderoutes.meters.ClaudeMeters;
import io.clauderoutes.settings.CredentialSettings;
import io.clauderoutes.settings.CredentialSettings.Kinds;
import io.clauderoutes.settings.SecretSettings;
import io.clauderoutes.settings.SettingsException;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All credentials by name. They are looked at a few times a second, and what blocks is done on other threads. */
public final class Credentials implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Credentials.class);
    private static final long LOOK_EVERY_MILLIS = 250;

    private final Clock clock;
    private final LongSupplier ticker;
    private final Supplier<RandomGenerator> random;
    private final SleepFunction sleeper;
    private final ScheduledExecutorService timer;
    private final Executor threads;
    private final ClaudeMeters meters;
    private final Map<String, Credential> all = new TreeMap<>();
    private final Set<String> used;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Future<?> looking;

    /**
     * Makes all credentials, and looks after those that are used.
     *
     * @param used names of those that have an endpoint
     * @throws SettingsException if the keys of some cannot be used, with a line for each
     */
    public Credentials(
            Map<String, CredentialSettings> settings, Set<String> used, ClaudeMeters meters, BundleRuntime runtime) {
        this.used = Set.copyOf(used);
        this.meters = meters;
        this.threads = runtime.threads().perTask("claude-credential");
        this.clock = runtime.clock();
        this.ticker = runtime.ticker();
        this.random = runtime.random();
        this.sleeper = runtime.sleep();
        this.timer = runtime.threads().timer();
        List<String> mistakes = new ArrayList<>();
        settings.forEach((name, credential) -> {
            try {
                all.put(name, credential.tell(new Making(name)));
            } catch (SettingsException mistake) {
                mistakes.add(mistake.getMessage());
            }
        });
        if (!mistakes.isEmpty()) {
            close(open);
            throw new SettingsException(mistakes);
        }
        this.looking =
                timer.scheduleWithFixedDelay(this::begin, LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    private final class Making implements Kinds<Credential> {
        private final String name;

        private Making(String name) {
            this.name = name;
        }

        @Override
        public Credential apiKey(CredentialSettings.ApiKey settings) {
            Secret key = secret(settings.key(), CredentialSettings.ApiKey::check);
            return settings.required() && settings.key().isEmpty()
                    ? new MissingKey(name)
                    : new ApiKey(name, key, settings.bearer());
        }

        @Override
        public Credential jwt(CredentialSettings.Jwt settings) {
            Secret key = secret(settings.key(), text -> SigningKey.signer(settings.algorithm(), text));
            return bearer(new SelfSignedJwt(settings, key, serverClock(), ticker), key, "");
        }

        @Override
        public Credential clientCredentials(CredentialSettings.ClientCredentials settings) {
            Secret key = secret(settings.key(), text -> {});
            ServerClock its = serverClock();
            TokenEndpoint endpoint = endpoint(settings.tokenUrl(), settings.timeout(), its);
            return bearer(new ClientCredentials(settings, key, endpoint, its), key, "");
        }

        @Override
        public Credential federation(CredentialSettings.Federation settings) {
            ServerClock its = serverClock();
            TokenEndpoint endpoint = endpoint(settings.tokenUrl(), settings.timeout(), its);
            return bearer(new Federation(name, settings, endpoint, its), Secret.fixed(""), Federation.BETA);
        }

        private Credential bearer(TokenSource source, Secret secret, String beta) {
            TokenKeeper keeper = new TokenKeeper(
                    name, source, threads, renewed -> meters.credentials().renewed(name, renewed), ticker, random);
            meters.credentials().valid(name, keeper::secondsLeft);
            return new BearerToken(source, keeper, secret, beta, ticker);
        }

        private ServerClock serverClock() {
            ServerClock its = new ServerClock(name, clock, ticker);
            meters.credentials().clockSkew(name, () -> its.skew().toMillis() / 1000.0);
            return its;
        }

        private TokenEndpoint endpoint(URI url, Duration timeout, ServerClock its) {
            TokenEndpoint endpoint = new TokenEndpoint(name, url, timeout, its, timer, ticker);
            open.push(endpoint);
            return endpoint;
        }

        private Secret secret(SecretSettings secret, Consumer<String> check) {
            return Credentials.secret(name, secret, check, sleeper, ticker);
        }
    }

    private static void checkThere(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("the file is empty");
        }
    }

    private static Secret secret(
            String name, SecretSettings secret, Consumer<String> check, SleepFunction sleeper, LongSupplier ticker) {
        String setting = "claude.credentials." + name + ".key";
        if (secret.file().isPresent()) {
            Consumer<String> there = Credentials::checkThere;
            return new SecretFile(setting + "-file", secret.file().get(), there.andThen(check), sleeper, ticker);
        }
        try {
            if (!secret.text().isEmpty()) {
                check.accept(secret.text());
            }
        } catch (IllegalArgumentException wrong) {
            throw new SettingsException(List.of(setting + ": " + wrong.getMessage()));
        }
        return Secret.fixed(secret.text());
    }

    /**
     * Checks all keys.
     *
     * @throws SettingsException if the keys of some cannot be used, with a line for each
     */
    public static void check(Map<String, CredentialSettings> settings) {
        List<String> mistakes = new ArrayList<>();
        settings.forEach((name, credential) -> {
            try {
                credential.tell(new Checking(name));
            } catch (SettingsException wrong) {
                mistakes.addAll(wrong.mistakes());
            }
        });
        if (!mistakes.isEmpty()) {
            throw new SettingsException(mistakes);
        }
    }

    /** Reads the keys, and makes nothing that has to be closed. */
    private record Checking(String name) implements Kinds<Boolean> {
        @Override
        public Boolean apiKey(CredentialSettings.ApiKey settings) {
            return read(settings.key(), CredentialSettings.ApiKey::check);
        }

        @Override
        public Boolean jwt(CredentialSettings.Jwt settings) {
            return read(settings.key(), text -> SigningKey.signer(settings.algorithm(), text));
        }

        @Override
        public Boolean clientCredentials(CredentialSettings.ClientCredentials settings) {
            return read(settings.key(), text -> {});
        }

        @Override
        public Boolean federation(CredentialSettings.Federation settings) {
            return true;
        }

        private boolean read(SecretSettings secret, Consumer<String> check) {
            secret(name, secret, check, wait -> false, () -> 0);
            return true;
        }
    }

    /** The credentials by name. */
    public Map<String, Credential> all() {
        return Map.copyOf(all);
    }

    private void begin() {
        if (busy.compareAndSet(false, true)) {
            threads.execute(this::look);
        }
    }

    private void look() {
        for (String name : used) {
            try {
                all.get(name).look();
            } catch (RuntimeException failure) {
                // The others are still to be looked at.
                LOG.warn("credential {}: {}", name, failure.toString());
            }
        }
        busy.set(false);
    }

    @Override
    public void close() {
        looking.cancel(false);
        close(open);
    }

    private static void close(Deque<AutoCloseable> open) {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (IOException alreadyClosed) {
                LOG.debug("a token endpoint's HTTP client was closed already");
            } catch (Exception failure) {
                LOG.warn("something did not close: {}", failure.toString());
            }
        }
    }
}
