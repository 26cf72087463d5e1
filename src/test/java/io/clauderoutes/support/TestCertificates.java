package io.clauderoutes.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A key and a certificate of this machine's own making, which nobody vouches for. The JDK's keytool makes them. */
public record TestCertificates(Path keys, Path pem) {

    public static final String PASSWORD = "of-a-test";

    public static TestCertificates forThisMachine(Path folder) {
        Path keys = folder.resolve("keys.p12");
        Path pem = folder.resolve("certificate.pem");
        keytool(List.of(
                "-genkeypair",
                "-alias",
                "own",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost,ip:127.0.0.1",
                "-keystore",
                keys.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD));
        keytool(List.of(
                "-exportcert",
                "-rfc",
                "-alias",
                "own",
                "-file",
                pem.toString(),
                "-keystore",
                keys.toString(),
                "-storepass",
                PASSWORD));
        return new TestCertificates(keys, pem);
    }

    private static void keytool(List<String> arguments) {
        Path tool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        try {
            Process process = new ProcessBuilder(Stream.concat(Stream.of(tool.toString()), arguments.stream())
                            .toList())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertThat(process.waitFor(30, TimeUnit.SECONDS))
                    .as("keytool ended")
                    .isTrue();
            assertThat(process.exitValue()).as("keytool %s", arguments.get(0)).isZero();
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stopping);
        }
    }
}
