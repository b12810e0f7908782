#!/usr/bin/env bash
# Print the path of the Python that .venv is made from; nothing if this machine has none that will do.
#
# The first that runs and is 3.13 or newer of: $PYTHON, each python3.13 on the path, pyenv's, python3 on the path.
# Each is run before it counts, because pyenv puts a python3.13 on the path that fails unless it is selected.
set -euo pipefail
shopt -s nullglob

new_enough='import sys; assert sys.version_info >= (3, 13); print(sys.executable)'

for python in ${PYTHON:+"$PYTHON"} $(type -ap python3.13) "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python python3; do
    if "$python" -c "$new_enough" 2>/dev/null; then
        exit
    elif [ "$python" = "${PYTHON:-}" ]; then
        echo "PYTHON is set to '$PYTHON', which is not a Python 3.13 or newer; looking for another." >&2
    fi
done
