#!/usr/bin/env bash
# Deploys the bundle, its starter and the BOM to a folder, then builds an application of Camel Main with them and asks one question.
set -euo pipefail
cd "$(dirname "$0")/../../.."
repository="file:$PWD/src/examples/maven/target/repository"
for pom in pom.xml src/bom/pom.xml src/starter/pom.xml; do
  ./mvnw -q -B -ntp -f "$pom" -Dmaven.test.skip=true -DaltDeploymentRepository="local::$repository" deploy
done
cd src/examples/maven
# A local repository of its own: what the application gets comes from the folder, or from Maven Central.
maven="../../../mvnw -q -B -ntp -f pom.xml -Drepository=$repository -Dmaven.repo.local=$PWD/target/maven"
rm -rf target/maven/io/clauderoutes target/classes
$maven compile dependency:build-classpath -Dmdep.outputFile=target/class.path
exec "${JAVA:-${JAVA_HOME:+$JAVA_HOME/bin/}java}" -cp "target/classes:$(cat target/class.path)" example.Rivers
