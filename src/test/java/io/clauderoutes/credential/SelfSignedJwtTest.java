package io.clauderoutes.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jwt.SignedJWT;
import io.clauderoutes.credential.Credential.Answer;
import io.clauderoutes.credential.TokenSource.Issued;
import io.clauderoutes.settings.CredentialSettings;
import io.clauderoutes.settings.JwtAlgorithm;
import io.clauderoutes.settings.SecretSettings;
import io.clauderoutes.support.TestKeys;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SelfSignedJwtTest {

    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.250Z");
    private static final String SECRET = "a-secret-of-thirty-two-bytes-0001";

    private final ServerClock clock = new ServerClock("main", Clock.fixed(NOON, ZoneOffset.UTC), () -> 7);

    private Issued issued(JwtAlgorithm algorithm, String key, Duration lifetime) {
        return new SelfSignedJwt(
                        new CredentialSettings.Jwt(
                                new SecretSettings(key, Optional.empty()),
                                algorithm,
                                "our-service",
                                "somebody",
                                "the-api",
                                "key-1",
                                lifetime),
                        Secret.fixed(key),
                        clock,
                        () -> 7)
                .issue();
    }

    private static SignedJWT read(Issued issued) throws Exception {
        return SignedJWT.parse(issued.value());
    }

    @Test
    void it_makes_the_claims_that_are_set() throws Exception {
        SignedJWT jwt = read(issued(JwtAlgorithm.HS256, SECRET, Duration.ofMinutes(5)));

        assertThat(jwt.getHeader().getKeyID()).isEqualTo("key-1");
        assertThat(jwt.getJWTClaimsSet().getIssuer()).isEqualTo("our-service");
        assertThat(jwt.getJWTClaimsSet().getSubject()).isEqualTo("somebody");
        assertThat(jwt.getJWTClaimsSet().getAudience()).containsExactly("the-api");
    }

    @Test
    void it_makes_no_others() throws Exception {
        Issued issued = new SelfSignedJwt(
                        new CredentialSettings.Jwt(
                                new SecretSettings(SECRET, Optional.empty()),
                                JwtAlgorithm.HS256,
                                "our-service",
                                "",
                                "",
                                "",
                                Duration.ofMinutes(5)),
                        Secret.fixed(SECRET),
                        clock,
                        () -> 7)
                .issue();

        assertThat(read(issued).getJWTClaimsSet().getClaims()).containsOnlyKeys("iss", "iat", "exp");
        assertThat(read(issued).getHeader().getKeyID()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"1s", "10s", "5m", "55m", "24h"})
    void it_lives_as_long_as_was_said_from_a_little_before_now(String lifetime) throws Exception {
        Duration life = Duration.parse("PT" + lifetime);

        Issued issued = issued(JwtAlgorithm.HS256, SECRET, life);

        Date from = read(issued).getJWTClaimsSet().getIssueTime();
        Date to = read(issued).getJWTClaimsSet().getExpirationTime();
        assertThat(Duration.between(from.toInstant(), to.toInstant())).isEqualTo(life);
        assertThat(from.toInstant()).isBetween(NOON.minusSeconds(6), NOON);
        assertThat(issued.lifetime()).isEqualTo(Duration.between(NOON, to.toInstant()));
    }

    @Test
    void it_is_dated_by_the_servers_clock() throws Exception {
        clock.heard(new Answer(401, "Sun, 22 Nov 2026 12:02:00 GMT", 7, 7));

        Issued issued = issued(JwtAlgorithm.HS256, SECRET, Duration.ofMinutes(5));

        assertThat(read(issued).getJWTClaimsSet().getIssueTime().toInstant())
                .isBetween(NOON.plusSeconds(114), NOON.plusSeconds(121));
        assertThat(issued.lifetime()).isBetween(Duration.ofSeconds(290), Duration.ofMinutes(5));
    }

    @Test
    void it_is_signed_with_a_shared_secret() throws Exception {
        assertThat(read(issued(JwtAlgorithm.HS256, SECRET, Duration.ofMinutes(5)))
                        .verify(new MACVerifier(SECRET)))
                .isTrue();
    }

    @Test
    void it_is_signed_with_an_rsa_key() throws Exception {
        KeyPair keys = TestKeys.rsa(2048);

        SignedJWT jwt = read(issued(JwtAlgorithm.RS256, TestKeys.pem(keys.getPrivate()), Duration.ofMinutes(5)));

        assertThat(jwt.verify(new RSASSAVerifier((RSAPublicKey) keys.getPublic())))
                .isTrue();
    }

    @Test
    void it_is_signed_with_an_elliptic_curve_key_even_with_its_line_ends_written_out() throws Exception {
        KeyPair keys = TestKeys.ec("secp256r1");
        String oneLine = TestKeys.pem(keys.getPrivate()).replace("\n", "\\n");

        SignedJWT jwt = read(issued(JwtAlgorithm.ES256, oneLine, Duration.ofMinutes(5)));

        assertThat(jwt.verify(new ECDSAVerifier((ECPublicKey) keys.getPublic())))
                .isTrue();
    }

    @Nested
    class A_key_of_the_wrong_kind_is_told {

        private void isTold(JwtAlgorithm algorithm, String key, String told) {
            assertThatThrownBy(() -> SigningKey.signer(algorithm, key))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(told)
                    .hasMessageNotContaining(key.length() > 40 ? key.substring(30, 40) : "never");
        }

        @Test
        void a_secret_that_is_too_short() {
            isTold(JwtAlgorithm.HS256, "short", "at least 32 bytes, but it has 5");
        }

        @Test
        void a_pem_where_a_secret_is_expected() throws Exception {
            isTold(
                    JwtAlgorithm.HS256,
                    TestKeys.pem(TestKeys.rsa(2048).getPrivate()),
                    "HS256 signs with a shared secret");
        }

        @Test
        void a_secret_where_a_pem_is_expected() {
            isTold(JwtAlgorithm.RS256, SECRET, "expected a private key as PEM");
        }

        @Test
        void an_rsa_key_for_an_elliptic_curve() throws Exception {
            isTold(
                    JwtAlgorithm.ES256,
                    TestKeys.pem(TestKeys.rsa(2048).getPrivate()),
                    "ES256 needs a key of the curve P-256, but the PEM holds another kind of key");
        }

        @Test
        void an_elliptic_curve_for_rsa() throws Exception {
            isTold(
                    JwtAlgorithm.RS256,
                    TestKeys.pem(TestKeys.ec("secp256r1").getPrivate()),
                    "RS256 needs an RSA key, but the PEM holds another kind of key");
        }

        @Test
        void another_curve() throws Exception {
            isTold(JwtAlgorithm.ES256, TestKeys.pem(TestKeys.ec("secp384r1").getPrivate()), "its curve has 384 bits");
        }

        @Test
        void an_rsa_key_that_is_too_short() throws Exception {
            isTold(
                    JwtAlgorithm.RS256,
                    TestKeys.pem(TestKeys.rsa(1024).getPrivate()),
                    "at least 2048 bits, but it has 1024");
        }

        @Test
        void a_public_key() throws Exception {
            isTold(JwtAlgorithm.RS256, TestKeys.pem(TestKeys.rsa(2048).getPublic()), "but it is a PUBLIC KEY");
        }

        @ParameterizedTest
        @CsvSource({"RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"})
        void a_private_key_of_another_form(String label) {
            isTold(
                    JwtAlgorithm.RS256,
                    "-----BEGIN " + label + "-----\nAAAABBBBCCCCDDDDEEEEFFFF\n-----END " + label + "-----",
                    "it is a " + label + ": openssl pkcs8 -topk8 -nocrypt");
        }

        @Test
        void a_pem_that_is_cut_off() throws Exception {
            String pem = TestKeys.pem(TestKeys.rsa(2048).getPrivate());

            isTold(JwtAlgorithm.RS256, pem.substring(0, pem.length() / 2), "expected a private key as PEM");
        }
    }

    @Test
    void the_secret_is_not_in_its_settings_text() {
        assertThat(new SecretSettings(SECRET, Optional.empty()).toString()).isEqualTo("set");
    }
}
