package io.clauderoutes.credential;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.clauderoutes.ApiError;
import io.clauderoutes.ClaudeException;
import io.clauderoutes.settings.CredentialSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.function.LongSupplier;

/**
 * Tokens that we sign ourselves: {@code iss}, {@code iat} and {@code exp}, by the server's clock. {@code iat} lies a little in
 * the past, so that a server whose clock is a moment behind takes the token.
 */
final class SelfSignedJwt implements TokenSource {

    private static final long EARLIER_SECONDS = 5;

    private final CredentialSettings.Jwt settings;
    private final Secret key;
    private final ServerClock clock;
    private final LongSupplier ticker;
    private volatile Signer signer;

    private record Signer(String text, JWSSigner signs) {}

    SelfSignedJwt(CredentialSettings.Jwt settings, Secret key, ServerClock clock, LongSupplier ticker) {
        this.settings = settings;
        this.key = key;
        this.clock = clock;
        this.ticker = ticker;
        this.signer = signer(key.value());
    }

    private Signer signer(String text) {
        return new Signer(text, SigningKey.signer(settings.algorithm(), text));
    }

    @Override
    public Issued issue() {
        Signer its = signer;
        String text = key.value();
        if (!its.text().equals(text)) {
            its = signer(text);
            signer = its;
        }
        Instant now = clock.now();
        long lifetime = settings.lifetime().toSeconds();
        Instant issuedAt = now.truncatedTo(ChronoUnit.SECONDS).minusSeconds(Math.min(EARLIER_SECONDS, lifetime / 10));
        Instant expires = issuedAt.plusSeconds(lifetime);
        long since = ticker.getAsLong();
        SignedJWT jwt = new SignedJWT(header(), claims(issuedAt, expires));
        try {
            jwt.sign(its.signs());
        } catch (JOSEException unusable) {
            throw new ClaudeException.Unauthorized(
                    ApiError.ours(401, "authentication_error", "a token could not be signed"),
                    "Check the credential's key");
        }
        return new Issued(jwt.serialize(), Duration.between(now, expires), since);
    }

    private JWSHeader header() {
        JWSHeader.Builder header =
                new JWSHeader.Builder(SigningKey.algorithm(settings.algorithm())).type(JOSEObjectType.JWT);
        if (!settings.keyId().isEmpty()) {
            header.keyID(settings.keyId());
        }
        return header.build();
    }

    private JWTClaimsSet claims(Instant issuedAt, Instant expires) {
        JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder()
                .issuer(settings.issuer())
                .issueTime(Date.from(issuedAt))
                .expirationTime(Date.from(expires));
        if (!settings.subject().isEmpty()) {
            claims.subject(settings.subject());
        }
        if (!settings.audience().isEmpty()) {
            claims.audience(settings.audience());
        }
        return claims.build();
    }

    @Override
    public void heard(Credential.Answer answer) {
        clock.heard(answer);
    }
}
