package io.clauderoutes.credential;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import io.clauderoutes.settings.JwtAlgorithm;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes a signer of a key's text, and says what is wrong with a text that is no key of the algorithm's kind. */
final class SigningKey {

    private static final Pattern PEM =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");
    private static final int SHORTEST_RSA = 2048;
    private static final int SHORTEST_HMAC = 32;
    private static final int P_256 = 256;

    private SigningKey() {}

    static JWSAlgorithm algorithm(JwtAlgorithm algorithm) {
        return switch (algorithm) {
            case HS256 -> JWSAlgorithm.HS256;
            case RS256 -> JWSAlgorithm.RS256;
            case ES256 -> JWSAlgorithm.ES256;
        };
    }

    /**
     * Reads a key.
     *
     * @param text for HS256 the secret itself, otherwise a private key as PKCS8 PEM
     * @throws IllegalArgumentException if it is none, with what was expected and nothing of the key
     */
    static JWSSigner signer(JwtAlgorithm algorithm, String text) {
        try {
            return switch (algorithm) {
                case HS256 -> new MACSigner(hmac(text));
                case RS256 -> new RSASSASigner(rsa(text));
                case ES256 -> new ECDSASigner(ec(text), Curve.P_256);
            };
        } catch (JOSEException unusable) {
            throw new IllegalArgumentException("the key cannot be used for " + algorithm);
        }
    }

    private static byte[] hmac(String text) {
        if (text.contains("-----BEGIN")) {
            throw new IllegalArgumentException("HS256 signs with a shared secret, but this is a PEM:"
                    + " expected a secret, or algorithm=RS256 or ES256");
        }
        byte[] secret = text.getBytes(UTF_8);
        if (secret.length < SHORTEST_HMAC) {
            throw new IllegalArgumentException(
                    "HS256 needs a secret of at least 32 bytes, but it has " + secret.length);
        }
        return secret;
    }

    private static PrivateKey rsa(String text) {
        PrivateKey key = pkcs8(text, "RSA", "RS256", "an RSA key");
        int bits = ((RSAPrivateKey) key).getModulus().bitLength();
        if (bits < SHORTEST_RSA) {
            throw new IllegalArgumentException("RS256 needs an RSA key of at least 2048 bits, but it has " + bits);
        }
        return key;
    }

    private static PrivateKey ec(String text) {
        PrivateKey key = pkcs8(text, "EC", "ES256", "a key of the curve P-256");
        int bits = ((ECPrivateKey) key).getParams().getCurve().getField().getFieldSize();
        if (bits != P_256) {
            throw new IllegalArgumentException(
                    "ES256 needs a key of the curve P-256, but its curve has " + bits + " bits");
        }
        return key;
    }

    private static PrivateKey pkcs8(String text, String kind, String algorithm, String expected) {
        // A PEM in an environment variable or on one line of properties has its line ends written out.
        Matcher pem = PEM.matcher(text.replace("\\n", "\n"));
        if (!pem.find()) {
            throw new IllegalArgumentException(
                    "expected a private key as PEM (-----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----)");
        }
        String label = pem.group(1);
        if (!label.equals("PRIVATE KEY")) {
            throw new IllegalArgumentException(
                    "expected a PEM that begins with -----BEGIN PRIVATE KEY-----, but it is a " + label
                            + (label.endsWith("PRIVATE KEY")
                                    ? ": openssl pkcs8 -topk8 -nocrypt -in <file> makes one of it"
                                    : ""));
        }
        try {
            return KeyFactory.getInstance(kind)
                    .generatePrivate(new PKCS8EncodedKeySpec(
                            Base64.getMimeDecoder().decode(pem.group(2).strip())));
        } catch (GeneralSecurityException | IllegalArgumentException otherKind) {
            throw new IllegalArgumentException(
                    algorithm + " needs " + expected + ", but the PEM holds another kind of key");
        }
    }
}
