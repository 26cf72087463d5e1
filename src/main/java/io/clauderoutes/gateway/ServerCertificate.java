package io.clauderoutes.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.clauderoutes.settings.SettingsException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import org.apache.camel.support.jsse.KeyManagersParameters;
import org.apache.camel.support.jsse.KeyStoreParameters;
import org.apache.camel.support.jsse.SSLContextParameters;
import org.apache.camel.support.jsse.TrustManagersParameters;

/** The certificate with which the gateway speaks TLS, as the PEM files that certificate authorities hand out. */
public final class ServerCertificate {

    private static final String CERTIFICATE = "claude.gateway.certificate=";
    private static final String PRIVATE_KEY = "claude.gateway.private-key=";
    private static final Pattern PKCS8 =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    /** Of a key store that never leaves memory. */
    private static final String PASSWORD = "in-memory";

    private ServerCertificate() {}

    /**
     * What Camel's HTTP server speaks TLS with.
     *
     * @param certificate PEM file of the chain, the server's own certificate first
     * @param privateKey PEM file of the key of the first certificate: PKCS8, without a password
     * @throws SettingsException if they cannot be read, or do not belong together
     */
    public static SSLContextParameters of(Path certificate, Path privateKey) {
        KeyStoreParameters store = new KeyStoreParameters();
        store.setKeyStore(keys(certificate, privateKey));
        KeyManagersParameters keyManagers = new KeyManagersParameters();
        keyManagers.setKeyStore(store);
        keyManagers.setKeyPassword(PASSWORD);
        TrustManagersParameters trustManagers = new TrustManagersParameters();
        trustManagers.setKeyStore(store);
        SSLContextParameters tls = new SSLContextParameters();
        tls.setKeyManagers(keyManagers);
        tls.setTrustManagers(trustManagers);
        return tls;
    }

    /**
     * Prepares another certificate for servers that speak TLS already.
     *
     * @return shows the certificate on new connections
     * @throws SettingsException if the files cannot be read, or do not belong together
     */
    public static Runnable prepare(Path certificate, Path privateKey, Collection<GatewayServers> servers) {
        try {
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(keys(certificate, privateKey), PASSWORD.toCharArray());
            return () -> servers.forEach(its -> its.certify(factory));
        } catch (GeneralSecurityException unusable) {
            throw mistake(CERTIFICATE + certificate + ": it cannot be used: " + unusable.getMessage());
        }
    }

    private static KeyStore keys(Path certificate, Path privateKey) {
        Certificate[] chain = chain(certificate);
        PrivateKey key = key(privateKey, chain[0].getPublicKey());
        try {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(null, null);
            keys.setKeyEntry("door", key, PASSWORD.toCharArray(), chain);
            return keys;
        } catch (GeneralSecurityException | IOException unusable) {
            throw mistake(CERTIFICATE + certificate + ": it cannot be used: " + unusable.getMessage());
        }
    }

    private static Certificate[] chain(Path file) {
        byte[] pem = bytes(file, CERTIFICATE);
        try {
            Certificate[] chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem))
                    .toArray(new Certificate[0]);
            if (chain.length > 0) {
                return chain;
            }
        } catch (GeneralSecurityException noCertificate) {
            // told below
        }
        throw mistake(CERTIFICATE + file + ": expected certificates as PEM (-----BEGIN CERTIFICATE-----)");
    }

    private static PrivateKey key(Path file, PublicKey its) {
        Matcher pem = PKCS8.matcher(new String(bytes(file, PRIVATE_KEY), US_ASCII));
        if (!pem.find()) {
            throw mistake(PRIVATE_KEY + file + ": expected a private key as PEM (-----BEGIN PRIVATE KEY-----);"
                    + " openssl pkcs8 -topk8 -nocrypt makes one of other forms");
        }
        try {
            PrivateKey key = KeyFactory.getInstance(its.getAlgorithm())
                    .generatePrivate(new PKCS8EncodedKeySpec(
                            Base64.getMimeDecoder().decode(pem.group(1).strip())));
            if (belongTogether(key, its)) {
                return key;
            }
        } catch (GeneralSecurityException | IllegalArgumentException otherKind) {
            // told below
        }
        throw mistake(
                PRIVATE_KEY + file + ": it is not the key of the first certificate in claude.gateway.certificate");
    }

    private static boolean belongTogether(PrivateKey key, PublicKey other) throws GeneralSecurityException {
        String algorithm =
                switch (other.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> other.getAlgorithm();
                };
        byte[] anything = CERTIFICATE.getBytes(US_ASCII);
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(anything);
        byte[] signed = signature.sign();
        signature.initVerify(other);
        signature.update(anything);
        return signature.verify(signed);
    }

    private static byte[] bytes(Path file, String setting) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException unreadable) {
            throw mistake(setting + file + ": the file cannot be read");
        }
    }

    private static SettingsException mistake(String sentence) {
        return new SettingsException(List.of(sentence));
    }
}
