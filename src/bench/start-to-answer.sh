#!/usr/bin/env bash
# Prints how long the packaged bundle takes from its start to its first answer, and its resident memory when idle, over
# several runs in an empty folder. Usage: src/bench/start-to-answer.sh [runs]; JAVA chooses the JDK. Needs Linux.
set -euo pipefail
jar=$(cd "$(dirname "$0")/../.." && pwd)/target/claude-routes.jar
java=${JAVA:-java}
runs=${1:-5}

for run in $(seq "$runs"); do
  folder=$(mktemp -d)
  mkdir "$folder/inbox"
  echo "How deep is the sea?" > "$folder/inbox/prompt.txt"
  touch -d '1 minute ago' "$folder/inbox/prompt.txt"
  begun=$(date +%s%N)
  (cd "$folder" && exec "$java" -Dclaude.simulator.latency=0s -Dclaude.simulator.latency-p99=0s \
    -Dclaude.simulator.tokens-per-second=0 -Dcamel.server.port=0 -Dcamel.management.port=0 -jar "$jar") \
    > "$folder/log" 2>&1 &
  bundle=$!
  until [ -e "$folder/outbox/prompt.txt" ]; do
    kill -0 "$bundle" || { cat "$folder/log"; exit 1; }
    sleep 0.01
  done
  answered=$(date +%s%N)
  sleep 5
  resident=$(awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$bundle/status")
  kill "$bundle"
  wait "$bundle" || true
  echo "run $run: first answer after $(((answered - begun) / 1000000)) ms, $resident MB resident 5 s later"
  rm -rf "$folder"
done
