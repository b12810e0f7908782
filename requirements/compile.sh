#!/usr/bin/env bash
# Compile the inputs beside this file to locks: exact versions and hashes, for every platform, without addresses.
# With --upgrade: to the newest versions instead of those locked now.
set -euo pipefail
cd "$(dirname "$0")/.."

upgrade=${1:-}
compile() {
    infra/tools/uv.sh pip compile --quiet --universal --python-version 3.13 --generate-hashes --no-emit-index-url \
        --custom-compile-command "make lock" --annotation-style line ${upgrade:+"$upgrade"} "$@"
}

compile requirements/uv.in --output-file requirements/uv.txt
compile requirements/runtime.in --output-file layers/runtime/requirements.txt
compile requirements/server.in --constraints layers/runtime/requirements.txt --output-file requirements/server.txt
compile requirements/dev.in --constraints requirements/server.txt --output-file requirements/dev.txt
compile requirements/audit.in --output-file requirements/audit.txt
compile requirements/go.in --output-file requirements/go.txt
compile requirements/sam.in --output-file requirements/sam.txt
compile requirements/worker.in --output-file requirements/worker.txt
