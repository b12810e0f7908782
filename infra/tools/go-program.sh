#!/usr/bin/env bash
# Build a program of tests/engines/<name>, pinned by its go.mod and go.sum, into .tools/<name>: go-program.sh <name>
set -euo pipefail
cd "$(dirname "$0")/../.."
name=$1 into=$PWD/.tools/$1

# From 1.21 on, Go fetches a newer one by itself where a go.mod asks for it; Debian 12 has an older one, which cannot.
go=$(command -v go || true)
if [ -z "$go" ] || ! "$go" version | grep -Eq ' go1\.(2[1-9]|[3-9][0-9])'; then
    go=$PWD/.tools/go/bin/go
    if [ ! -e .tools/go/.made ] || [ requirements/go.txt -nt .tools/go/.made ]; then
        infra/tools/venv.sh .tools/go
        infra/tools/uv.sh pip install --quiet --python .tools/go --require-hashes --requirements requirements/go.txt
        touch .tools/go/.made
    fi
fi

echo "Building $name in .tools/$name"
rm -rf "$into"
mkdir -p "$into"
export CGO_ENABLED=0 GOFLAGS="-mod=readonly -modcacherw" GOTELEMETRY=off
export GOPATH=$PWD/.tools/cache/go GOCACHE=$PWD/.tools/cache/go-build
(cd "tests/engines/$name" && "$go" build -trimpath -buildvcs=false -o "$into/$name" .)
touch "$into/.made"
