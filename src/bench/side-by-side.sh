#!/usr/bin/env bash
# Measures this bundle side by side with a direct call, nginx and the Portkey gateway, after ./mvnw package; --help tells the
# options, JAVA or JAVA_HOME chooses the JDK. nginx is Debian's package nginx-light; Portkey needs node and npm. Needs Linux.
set -euo pipefail
cd "$(dirname "$0")/../.."
java=${JAVA:-${JAVA_HOME:+$JAVA_HOME/bin/}java}
main=target/test-classes/io/clauderoutes/sidebyside/SideBySide.class
libraries=target/bench.class-path

[ -e target/claude-routes.jar ] || { echo "target/claude-routes.jar is missing: run ./mvnw package" >&2; exit 1; }
command -v nginx > /dev/null || { echo "nginx is missing: sudo apt-get install nginx-light" >&2; exit 1; }
if [ ! -e "$main" ] || [ ! -e "$libraries" ] || [ -n "$(find src/bench/java pom.xml -newer "$main" -print -quit)" ]; then
  ./mvnw -q -B -ntp test-compile dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$libraries"
  touch "$main"
fi
exec "$java" -XX:+UseSerialGC -Xmx512m -cp "$PWD/target/test-classes:$PWD/target/classes:$(cat "$libraries")" \
  io.clauderoutes.sidebyside.SideBySide "$@"
