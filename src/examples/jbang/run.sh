#!/usr/bin/env bash
# Builds the bundle, then asks four kinds of questions from a YAML route that Camel JBang runs.
set -euo pipefail
cd "$(dirname "$0")/../../.."
./mvnw -q -B -ntp -DskipTests install
cd src/examples/jbang
mkdir -p target
cp ../../../target/claude-routes-simulator.jar target/
../../../mvnw -q -B -ntp -f pom.xml dependency:build-classpath -Dmdep.outputFile=target/class.path
exec "${JAVA:-${JAVA_HOME:+$JAVA_HOME/bin/}java}" -cp "$(cat target/class.path)" Camel.java \
  run ask.camel.yaml application.properties target/claude-routes-simulator.jar \
  --dep=io.clauderoutes:claude-routes:0.2.0 --dep=camel:platform-http-main \
  --dep=org.xerial:sqlite-jdbc:3.54.1.0 --dep=com.networknt:json-schema-validator:2.0.8 --max-idle-seconds=5 --logging-color=false
