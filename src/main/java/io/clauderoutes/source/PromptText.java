package io.clauderoutes.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.message.ContentPart;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.util.List;

/** Text that can be sent. What bytes and Java strings can hold and a text cannot is refused rather than sent as something else. */
final class PromptText {

    private PromptText() {}

    /** The same text, if it has neither a NUL character nor half a character. */
    static String checked(String text) {
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit == 0) {
                throw BodyReader.rejected("the prompt is not text: it holds a NUL character");
            }
            if (Character.isSurrogate(unit)) {
                if (i + 1 == text.length() || !Character.isSurrogatePair(unit, text.charAt(i + 1))) {
                    throw BodyReader.rejected("the prompt is not text: it holds half a character");
                }
                i++;
            }
        }
        return text;
    }

    /** The text of bytes in UTF-8. */
    static String decoded(byte[] bytes) {
        try {
            return checked(decoded(bytes, UTF_8));
        } catch (CharacterCodingException notText) {
            throw BodyReader.rejected(
                    "the prompt is not text in UTF-8, and none of the types PNG, JPEG, GIF, WebP and PDF."
                            + " Convert the body before, or name the charset of its source");
        }
    }

    /** The text of bytes in UTF-8 as a part; none if it is blank, because the API refuses a blank part. */
    static List<ContentPart> parts(byte[] bytes) {
        String text = decoded(bytes);
        return text.isBlank() ? List.of() : List.of(new ContentPart.Text(text));
    }

    /** The text of bytes in a charset. */
    static String decoded(byte[] bytes, Charset charset) throws CharacterCodingException {
        return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }
}
