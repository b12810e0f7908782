#!/usr/bin/env bash
# Build the AWS stack in .aws-sam/build for $1 (arm64, x86_64), or for this machine, so that the emulator can run it.
set -euo pipefail
cd "$(dirname "$0")/../.."

machine=$(uname -m)
architecture=${1:-${machine/aarch64/arm64}}
python=.venv/bin/python3.13
if [ ! -x $python ]; then
    echo "The functions run on Python 3.13, and .venv was made from another: install 3.13, run 'make clean', and try again." >&2
    exit 1
fi

rm -f .aws-sam/.built
SAM_CLI_TELEMETRY=0 PATH="$PWD/.venv/bin:$PATH" .tools/sam/bin/sam build --parameter-overrides "Architecture=$architecture"

# The built template says what was built, so that deploying it never pairs one processor's code with another's functions.
sed -i.orig "/^  Architecture:/,/Default:/ s/Default: .*/Default: $architecture/" .aws-sam/build/template.yaml
rm .aws-sam/build/template.yaml.orig

# Lambda's disk is read-only: without these, every cold start compiles every module. The time stamps that checked ones
# are compared with do not survive the zip.
$python -m compileall -q --invalidation-mode unchecked-hash .aws-sam/build
touch .aws-sam/.built
