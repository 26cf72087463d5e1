package io.clauderoutes.message;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clauderoutes.ClaudeException;
import java.nio.charset.Charset;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** JSON comes in UTF-8 alone. */
class EncodingTest {

    private static final String REQUEST = "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[]}";

    private final MessageJson json = new MessageJson();

    static Stream<byte[]> others() {
        return Stream.of(
                REQUEST.getBytes(UTF_16LE),
                REQUEST.getBytes(UTF_16BE),
                REQUEST.getBytes(UTF_16),
                REQUEST.getBytes(Charset.forName("UTF-32LE")),
                REQUEST.getBytes(Charset.forName("UTF-32BE")),
                new byte[] {0, 0, '{', 0},
                new byte[] {0, '{', 0, 0},
                new byte[] {'{', '"', (byte) 0xC0, (byte) 0xAF, '"', '}'});
    }

    @ParameterizedTest
    @MethodSource("others")
    void another_encoding_is_refused(byte[] request) {
        assertThatThrownBy(() -> json.requestAsItIs(request))
                .isInstanceOf(ClaudeException.Rejected.class)
                .hasMessageContaining("not JSON");
        assertThatThrownBy(() -> json.terms(request)).isInstanceOf(ClaudeException.Rejected.class);
        assertThatThrownBy(() -> json.object(request, "the body")).isInstanceOf(ClaudeException.Rejected.class);
    }
}
