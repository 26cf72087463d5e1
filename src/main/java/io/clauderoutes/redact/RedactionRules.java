package io.clauderoutes.redact;

/**
 * How a reply or a request is redacted: what is replaced, and what becomes of the parts that others rely on.
 *
 * @param keepsInput whether the inputs of tools stay as they are
 * @param dropsThinking whether thinking is left out; otherwise it stays as it is
 */
public record RedactionRules(RedactionPolicy policy, boolean keepsInput, boolean dropsThinking) {

    /** A redactor for the JSON of replies. */
    DocumentRedactor documents(RedactionListener listener) {
        return new DocumentRedactor(policy, keepsInput, dropsThinking, listener);
    }

    /** A redactor for the JSON of requests. What a tool is asked leaves with the rest, so it is text. */
    DocumentRedactor requests(RedactionListener listener) {
        return new DocumentRedactor(policy, false, dropsThinking, listener);
    }

    /** Changes with everything that changes the result; part of every cache key. */
    String version() {
        return policy.version() + (keepsInput ? "-input" : "") + (dropsThinking ? "-drop" : "-pass");
    }
}
