#!/usr/bin/env bash
# Install DynamoDB Local, the vendor's emulator, in .tools/dynamodb-local: tests need it, ToggleBox does not.
#
# Its licence forbids passing the jar on, so Maven fetches it; what came is compared with dynamodb-local.sha256.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/infra/tools into=$PWD/.tools/dynamodb-local

for command in java mvn; do
    if ! "$command" -version >/dev/null 2>&1; then
        echo "DynamoDB Local needs Java 17 or newer and Maven, and '$command' does not run here: install both" \
             "(Debian and Ubuntu: apt install default-jre-headless maven; macOS: brew install openjdk maven)." >&2
        exit 1
    fi
done

echo "Installing DynamoDB Local in .tools/dynamodb-local"
rm -rf "$into"
mvn --quiet --batch-mode -Dstyle.color=never --file "$here/dynamodb-local.xml" -Dmaven.repo.local="$PWD/.tools/cache/maven" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$into"

cd "$into"
if command -v sha256sum >/dev/null; then sum=(sha256sum); else sum=(shasum -a 256); fi
"${sum[@]}" --check --quiet --strict "$here/dynamodb-local.sha256"
touch .made
