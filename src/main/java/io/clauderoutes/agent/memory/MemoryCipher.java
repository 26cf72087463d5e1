package io.clauderoutes.agent.memory;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts stored turns with AES-GCM, if there is a key. A key is 32 bytes in Base64; any other text is a passphrase. A turn cannot be read
 * in the place of another, because its place is a part of what is authenticated.
 */
final class MemoryCipher {

    static final int SALT_BYTES = 16;
    private static final int SALT_BITS = SALT_BYTES * Byte.SIZE;

    private static final String ALGORITHM = "AES/GCM/NoPadding";
    private static final byte PLAIN = 0;
    private static final byte AES_GCM = 1;
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int ROUNDS = 310_000;

    private final Optional<SecretKeySpec> key;

    /** The content cannot be read with this key. */
    static final class WrongKey extends Exception {
        private static final long serialVersionUID = 1L;

        WrongKey(String message) {
            super(message);
        }
    }

    private MemoryCipher(Optional<SecretKeySpec> key) {
        this.key = key;
    }

    /**
     * A cipher.
     *
     * @param secret the key or the passphrase; empty for none
     * @param salt of the passphrase
     */
    static MemoryCipher of(Optional<String> secret, byte[] salt) {
        return new MemoryCipher(secret.map(text -> key(text, salt)));
    }

    private static SecretKeySpec key(String secret, byte[] salt) {
        byte[] bytes = bytes(secret);
        if (bytes.length != KEY_BYTES) {
            try {
                bytes = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                        .generateSecret(new PBEKeySpec(secret.toCharArray(), salt, ROUNDS, KEY_BYTES * Byte.SIZE))
                        .getEncoded();
            } catch (GeneralSecurityException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
        return new SecretKeySpec(bytes, "AES");
    }

    /** A random salt. */
    static byte[] newSalt() {
        try {
            KeyGenerator generator = KeyGenerator.getInstance("AES");
            generator.init(SALT_BITS);
            return generator.generateKey().getEncoded();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static byte[] bytes(String secret) {
        try {
            return Base64.getDecoder().decode(secret);
        } catch (IllegalArgumentException passphrase) {
            return new byte[0];
        }
    }

    /** What is stored of a content at a place. */
    byte[] sealed(byte[] content, String place) {
        if (key.isEmpty()) {
            return ByteBuffer.allocate(1 + content.length)
                    .put(PLAIN)
                    .put(content)
                    .array();
        }
        try {
            // The JDK makes a random nonce.
            Cipher cipher = Cipher.getInstance(ALGORITHM);
            cipher.init(Cipher.ENCRYPT_MODE, key.get());
            cipher.updateAAD(place.getBytes(UTF_8));
            byte[] encrypted = cipher.doFinal(content);
            return ByteBuffer.allocate(1 + NONCE_BYTES + encrypted.length)
                    .put(AES_GCM)
                    .put(cipher.getIV())
                    .put(encrypted)
                    .array();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /**
     * The content of what is stored at a place.
     *
     * @throws WrongKey if another key wrote it, or it was changed
     */
    byte[] opened(byte[] stored, String place) throws WrongKey {
        if (stored.length > 0 && stored[0] == PLAIN) {
            return Arrays.copyOfRange(stored, 1, stored.length);
        }
        if (key.isEmpty()) {
            throw new WrongKey("the history is encrypted: set claude.memory.key");
        }
        if (stored.length <= NONCE_BYTES + 1 || stored[0] != AES_GCM) {
            throw new WrongKey("the stored history is damaged");
        }
        try {
            Cipher cipher = Cipher.getInstance(ALGORITHM);
            cipher.init(Cipher.DECRYPT_MODE, key.get(), new GCMParameterSpec(TAG_BITS, stored, 1, NONCE_BYTES));
            cipher.updateAAD(place.getBytes(UTF_8));
            return cipher.doFinal(stored, 1 + NONCE_BYTES, stored.length - 1 - NONCE_BYTES);
        } catch (GeneralSecurityException otherKey) {
            throw new WrongKey(
                    "claude.memory.key is not the key that encrypted the history, or the stored history was changed");
        }
    }
}
