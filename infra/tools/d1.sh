#!/usr/bin/env bash
# Install Cloudflare's runtime in .tools/d1: tests on D1 need it, ToggleBox does not.
#
# npm brings wrangler with workerd, Pyodide, and the Node that runs them, as tests/engines/d1/package-lock.json says;
# no package's own script is run. In Pyodide, the SDK of Python Workers is imported from .tools/d1/python.
set -euo pipefail
cd "$(dirname "$0")/../.."
into=$PWD/.tools/d1

if ! { [ "$(uname -s)" = Linux ] && [[ "$(uname -m)" =~ ^(x86_64|aarch64)$ ]]; }; then
    echo "Node comes as a package for Linux only, and this is $(uname -sm): the tests on D1 are skipped."
    exit 0  # the other engines can still be had
fi
if ! npm --version >/dev/null 2>&1; then
    echo "Cloudflare's runtime comes by npm, which does not run here: install it (Debian and Ubuntu: apt install npm)." >&2
    exit 1
fi

echo "Installing Cloudflare's runtime in .tools/d1"
rm -rf "$into"
mkdir -p "$into"
cp tests/engines/d1/package.json tests/engines/d1/package-lock.json "$into"
# The npm that is here may have an older Node than wrangler wants: it installs, and the newer one runs.
(cd "$into" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error)
infra/tools/uv.sh pip install --quiet --target "$into/python" --no-deps --require-hashes --requirements requirements/worker.txt
touch "$into/.made"
