#!/usr/bin/env bash
# Builds the bundle and its starter, then runs an application of Spring Boot that asks four kinds of questions.
set -euo pipefail
cd "$(dirname "$0")/../../.."
./mvnw -q -B -ntp -DskipTests install
./mvnw -q -B -ntp -f src/starter/pom.xml install
cd src/examples/spring-boot
../../../mvnw -q -B -ntp -f pom.xml compile dependency:build-classpath -Dmdep.outputFile=target/class.path
exec "${JAVA:-${JAVA_HOME:+$JAVA_HOME/bin/}java}" -cp "target/classes:$(cat target/class.path)" example.RiversApplication
