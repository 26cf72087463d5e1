package io.clauderoutes.check;

import io.clauderoutes.request.Request;

/**
 * The request whose reply is checked.
 *
 * @param check name of the check
 * @param whole whether nothing is handed on before the text is complete
 * @param waits whether only the end of the reply tells that its text is to be checked
 */
record CheckedRequest(String check, Request request, boolean whole, boolean waits) {}
