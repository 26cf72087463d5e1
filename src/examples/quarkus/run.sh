#!/usr/bin/env bash
# Builds the bundle, then runs an application of Quarkus that asks four kinds of questions.
set -euo pipefail
cd "$(dirname "$0")/../../.."
./mvnw -q -B -ntp -DskipTests install
cd src/examples/quarkus
../../../mvnw -q -B -ntp -f pom.xml package
exec "${JAVA:-${JAVA_HOME:+$JAVA_HOME/bin/}java}" -jar target/quarkus-app/quarkus-run.jar
