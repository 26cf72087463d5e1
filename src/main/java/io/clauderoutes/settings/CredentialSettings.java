package io.clauderoutes.settings;

import java.net.URI;
import java.time.Duration;

/** {@code claude.credentials.<name>.*}: how calls are authenticated. No {@code toString} shows a secret. */
public sealed interface CredentialSettings {

    <R> R tell(Kinds<R> kinds);

    /** One method for each kind. */
    interface Kinds<R> {
        R apiKey(ApiKey credential);

        R jwt(Jwt credential);

        R clientCredentials(ClientCredentials credential);

        R federation(Federation credential);
    }

    /**
     * A key of the API.
     *
     * @param required whether no call can be made without the key; other endpoints may need none
     */
    record ApiKey(SecretSettings key, boolean bearer, boolean required) implements CredentialSettings {

        /** The same for an endpoint that refuses every call without a key. */
        public ApiKey thatIsRequired() {
            return new ApiKey(key, bearer, true);
        }

        /**
         * Looks whether a text can be a key.
         *
         * @throws IllegalArgumentException if not, without the text
         */
        public static void check(String key) {
            if (key.chars().anyMatch(c -> c <= ' ' || c >= 127 || c == '"' || c == '\'')) {
                throw new IllegalArgumentException(
                        "the key holds a space, a quote or a letter beyond ASCII: was it pasted with something around it?");
            }
        }

        @Override
        public <R> R tell(Kinds<R> kinds) {
            return kinds.apiKey(this);
        }
    }

    /** Empty texts are claims that are not made. */
    record Jwt(
            SecretSettings key,
            JwtAlgorithm algorithm,
            String issuer,
            String subject,
            String audience,
            String keyId,
            Duration lifetime)
            implements CredentialSettings {
        @Override
        public <R> R tell(Kinds<R> kinds) {
            return kinds.jwt(this);
        }
    }

    record ClientCredentials(
            SecretSettings key,
            URI tokenUrl,
            String clientId,
            ClientAuthentication authentication,
            String scope,
            String audience,
            Duration timeout)
            implements CredentialSettings {
        @Override
        public <R> R tell(Kinds<R> kinds) {
            return kinds.clientCredentials(this);
        }
    }

    record Federation(
            SecretSettings identityToken,
            URI tokenUrl,
            String rule,
            String organization,
            String serviceAccount,
            String workspace,
            Duration timeout)
            implements CredentialSettings {
        @Override
        public <R> R tell(Kinds<R> kinds) {
            return kinds.federation(this);
        }
    }
}
