#!/usr/bin/env bash
# Install mongo-java-server, which speaks MongoDB's protocol, in .tools/mongo-java-server: tests need it, ToggleBox does not.
#
# Maven fetches it; what came is compared with mongo-java-server.sha256. The file that starts it is in tests/engines.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/infra/tools into=$PWD/.tools/mongo-java-server

for command in java mvn; do
    if ! "$command" -version >/dev/null 2>&1; then
        echo "mongo-java-server needs Java 17 or newer and Maven, and '$command' does not run here: install both" \
             "(Debian and Ubuntu: apt install default-jre-headless maven; macOS: brew install openjdk maven)." >&2
        exit 1
    fi
done

echo "Installing mongo-java-server in .tools/mongo-java-server"
rm -rf "$into"
mvn --quiet --batch-mode -Dstyle.color=never --file "$here/mongo-java-server.xml" -Dmaven.repo.local="$PWD/.tools/cache/maven" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$into"

source=$PWD/tests/engines/mongo_java_server/MongoJavaServer.java
cd "$into"
if command -v sha256sum >/dev/null; then sum=(sha256sum); else sum=(shasum -a 256); fi
"${sum[@]}" --check --quiet --strict "$here/mongo-java-server.sha256"
java -jar ecj-*.jar -source 17 -target 17 -classpath "$(printf '%s:' *.jar)" -d . "$source"
touch .made
