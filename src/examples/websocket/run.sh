#!/usr/bin/env bash
# Builds the bundle, starts it with its simulator, and asks over one WebSocket with the Java client.
set -euo pipefail
cd "$(dirname "$0")/../../.."
java=${JAVA:-${JAVA_HOME:+$JAVA_HOME/bin/}java}
./mvnw -q -B -ntp -DskipTests package
jar=$PWD/target/claude-routes.jar
folder=$(mktemp -d)
(cd "$folder" && exec "$java" -Dcamel.server.port=28080 -Dcamel.management.port=29876 -jar "$jar" >log 2>&1) &
bundle=$!
trap 'kill $bundle; wait $bundle || true; rm -r "$folder"' EXIT
for _ in $(seq 60); do
  curl -sf http://127.0.0.1:29876/observe/health/ready >/dev/null && break
  kill -0 $bundle || { cat "$folder/log"; exit 1; }
  sleep 1
done
"$java" -cp "$(ls target/lib/jackson-{core,databind,annotations}-*.jar | paste -sd:)" \
  src/examples/websocket/java/ClaudeSocket.java ws://127.0.0.1:28080/v1/ws
