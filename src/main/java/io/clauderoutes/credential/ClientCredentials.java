package io.clauderoutes.credential;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.clauderoutes.settings.ClientAuthentication;
import io.clauderoutes.settings.CredentialSettings;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.hc.client5.http.entity.UrlEncodedFormEntity;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.NameValuePair;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.http.message.BasicNameValuePair;

/** Tokens of an OAuth2 server for a client with a secret (RFC 6749, section 4.4). */
final class ClientCredentials implements TokenSource {

    private final CredentialSettings.ClientCredentials settings;
    private final Secret secret;
    private final TokenEndpoint endpoint;
    private final ServerClock clock;

    ClientCredentials(
            CredentialSettings.ClientCredentials settings, Secret secret, TokenEndpoint endpoint, ServerClock clock) {
        this.settings = settings;
        this.secret = secret;
        this.endpoint = endpoint;
        this.clock = clock;
    }

    @Override
    public Issued issue() {
        String key = secret.value();
        List<NameValuePair> form = new ArrayList<>();
        List<Header> headers = new ArrayList<>();
        String basic = "";
        form.add(new BasicNameValuePair("grant_type", "client_credentials"));
        if (settings.authentication() == ClientAuthentication.BASIC) {
            String pair = encoded(settings.clientId()) + ":" + encoded(key);
            basic = Base64.getEncoder().encodeToString(pair.getBytes(UTF_8));
            headers.add(new BasicHeader(HttpHeaders.AUTHORIZATION, "Basic " + basic, true));
        } else {
            form.add(new BasicNameValuePair("client_id", settings.clientId()));
            form.add(new BasicNameValuePair("client_secret", key));
        }
        if (!settings.scope().isEmpty()) {
            form.add(new BasicNameValuePair("scope", settings.scope()));
        }
        if (!settings.audience().isEmpty()) {
            form.add(new BasicNameValuePair("audience", settings.audience()));
        }
        return endpoint.ask(new UrlEncodedFormEntity(form, UTF_8), headers, List.of(key, basic));
    }

    /** Section 2.3.1 wants both parts encoded before they are put together. */
    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8);
    }

    @Override
    public void heard(Credential.Answer answer) {
        clock.heard(answer);
    }
}
