/** Files of the bundle's own data. They are readable for the user of the process alone. */
package io.clauderoutes.store;
