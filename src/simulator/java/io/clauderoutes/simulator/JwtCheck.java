package io.clauderoutes.simulator;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Clock;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Whether a JSON web token is one that we would take, by the letter of RFC 7519. */
final class JwtCheck {

    private static final Pattern PARTS = Pattern.compile("([\\w-]+)\\.([\\w-]+)\\.([\\w-]+)");
    private static final Pattern PEM = Pattern.compile("-----BEGIN PUBLIC KEY-----([\\s\\S]+)-----END PUBLIC KEY-----");
    private static final long LEEWAY_SECONDS = 30;

    private final Clock clock;

    JwtCheck(Clock clock) {
        this.clock = clock;
    }

    static boolean looksLikeOne(String token) {
        return token.startsWith("eyJ") && PARTS.matcher(token).matches();
    }

    /** Whether it is signed with a key, comes from an issuer and is valid now. */
    boolean isSigned(String token, String key, String issuer) {
        Matcher parts = PARTS.matcher(token);
        try {
            return parts.matches()
                    && isSigned(
                            json(parts.group(1)).path("alg").asText(),
                            (parts.group(1) + "." + parts.group(2)).getBytes(US_ASCII),
                            Base64.getUrlDecoder().decode(parts.group(3)),
                            key)
                    && json(parts.group(2)).path("iss").asText().equals(issuer)
                    && secondsLeft(token) > 0;
        } catch (GeneralSecurityException | IOException | IllegalArgumentException notOne) {
            return false;
        }
    }

    private static boolean isSigned(String algorithm, byte[] signed, byte[] signature, String key)
            throws GeneralSecurityException {
        return switch (algorithm) {
            case "HS256" -> MessageDigest.isEqual(hmac(signed, key), signature);
            case "RS256" -> isSigned("SHA256withRSA", "RSA", signed, signature, key);
            case "ES256" -> isSigned("SHA256withECDSAinP1363Format", "EC", signed, signature, key);
            default -> false;
        };
    }

    private static byte[] hmac(byte[] signed, String key) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key.getBytes(UTF_8), "HmacSHA256"));
        return mac.doFinal(signed);
    }

    private static boolean isSigned(String algorithm, String kind, byte[] signed, byte[] signature, String pem)
            throws GeneralSecurityException {
        Matcher key = PEM.matcher(pem);
        if (!key.matches()) {
            return false;
        }
        Signature check = Signature.getInstance(algorithm);
        check.initVerify(KeyFactory.getInstance(kind)
                .generatePublic(new X509EncodedKeySpec(
                        Base64.getMimeDecoder().decode(key.group(1).strip()))));
        check.update(signed);
        return check.verify(signature);
    }

    /** How long a token that has been issued goes on; 0 for one that has not, has ended, or does not say. */
    long secondsLeft(String token) {
        Matcher parts = PARTS.matcher(token);
        try {
            JsonNode claims = parts.matches() ? json(parts.group(2)) : Json.read("{}");
            long now = clock.instant().getEpochSecond();
            boolean told =
                    claims.path("iat").isIntegralNumber() && claims.path("exp").isIntegralNumber();
            return told && claims.path("iat").longValue() <= now + LEEWAY_SECONDS
                    ? Math.max(0, claims.path("exp").longValue() - now)
                    : 0;
        } catch (IOException | IllegalArgumentException notOne) {
            return 0;
        }
    }

    private static JsonNode json(String part) throws IOException {
        return Json.read(Base64.getUrlDecoder().decode(part));
    }
}
