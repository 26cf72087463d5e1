package io.clauderoutes.install;

/** A connector could not be installed. The message names the remedy. */
public final class InstallException extends Exception {

    private static final long serialVersionUID = 1;

    InstallException(String message) {
        super(message);
    }

    InstallException(String message, Throwable cause) {
        super(message, cause);
    }
}
