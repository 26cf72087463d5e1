/**
 * Spring Boot: an application's environment becomes settings of the bundle. The package is used only where Spring Boot is on the
 * class path; no other package knows it, and it knows no stage.
 */
package io.clauderoutes.springboot;
