#!/usr/bin/env bash
# Opens, edits and saves each shipped route, kamelet and sample with the code of Kaoto. It needs Node.js 20 and npm.
set -euo pipefail
cd "$(dirname "$0")"
[ -d node_modules ] || npm install --no-audit --no-fund --legacy-peer-deps --ignore-scripts
node build.mjs
find ../../../routes ../../main/resources/kamelets ../jbang -name target -prune -o \( -name '*.yaml' -o -name '*.yaml.sample' \) -print |
  sort | xargs node target/round-trip.mjs
