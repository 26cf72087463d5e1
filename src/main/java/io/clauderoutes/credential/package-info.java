/**
 * Who the bundle is to an endpoint: keys and tokens, their files and their renewal. Values stay in this package; nothing logs them.
 */
package io.clauderoutes.credential;
