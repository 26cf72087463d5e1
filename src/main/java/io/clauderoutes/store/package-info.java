/**
 * Files of the bundle's own data: SQLite with its schema files and commits, and files that only the user of the process can read.
 */
package io.clauderoutes.store;
