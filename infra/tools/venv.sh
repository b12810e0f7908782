#!/usr/bin/env bash
# Make the virtual environment $1 with the Python that find_python.sh names, else with one that uv fetches into .tools.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=$(infra/tools/find_python.sh)
if [ -z "$python" ]; then
    echo "No Python 3.13 or newer here: fetching one into .tools/python." >&2
    if ! infra/tools/uv.sh python install 3.13; then
        echo "ToggleBox needs Python 3.13. Install it (Debian: apt install python3.13 python3.13-venv; macOS: brew install" \
             "python@3.13; anywhere: pyenv install 3.13), or set PYTHON to the path of one, and run the same command again." >&2
        exit 1
    fi
    python=3.13
fi
infra/tools/uv.sh venv --quiet --clear --python "$python" "$1"
