package io.clauderoutes.call.http;

import io.clauderoutes.settings.SettingsException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Reads the certificates that one endpoint's own are checked against. */
public final class TrustedCertificates {

    private TrustedCertificates() {}

    /**
     * Trusts what is in a PEM file, and nothing else.
     *
     * @throws SettingsException if the file holds no certificates
     */
    public static X509TrustManager of(String endpoint, Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (certificates.isEmpty()) {
                throw mistake(endpoint, file, "it holds none");
            }
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (Certificate certificate : certificates) {
                trusted.setCertificateEntry(Integer.toString(number++), certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            return (X509TrustManager) trust.getTrustManagers()[0];
        } catch (IOException unreadable) {
            throw mistake(endpoint, file, "it cannot be read");
        } catch (GeneralSecurityException wrong) {
            throw mistake(endpoint, file, wrong.getMessage());
        }
    }

    /** A context for connections to whom {@code manager} trusts. */
    static SSLContext context(X509TrustManager manager) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {manager}, null);
            return context;
        } catch (GeneralSecurityException noTls) {
            throw new IllegalStateException("this JVM has no TLS", noTls);
        }
    }

    private static SettingsException mistake(String endpoint, Path file, String found) {
        return new SettingsException(List.of("claude.endpoints." + endpoint + ".trusted-certificates=" + file
                + ": expected a PEM file with certificates, but " + found));
    }
}
