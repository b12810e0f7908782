#!/usr/bin/env bash
# Run the checkout's own uv (.tools/uv, made at the first call) as the machine is set up for pip.
set -euo pipefail
cd "$(dirname "$0")/../.."

uv=.tools/uv
if [ ! -x $uv/bin/uv ] || [ requirements/uv.txt -nt $uv/bin/uv ]; then
    python=$(infra/tools/find_python.sh)
    rm -rf $uv
    if ! "${python:-python3}" -m venv $uv; then
        echo "Cannot make a virtual environment with ${python:-python3}: install Python and its venv module" \
             "(Debian and Ubuntu: apt install python3-venv), or set PYTHON to one that has it." >&2
        exit 1
    fi
    $uv/bin/python -m pip install --quiet --require-hashes --requirement requirements/uv.txt
    touch $uv/bin/uv
fi

export UV_CACHE_DIR=${UV_CACHE_DIR:-$PWD/.tools/cache/uv}
export UV_PYTHON_INSTALL_DIR=${UV_PYTHON_INSTALL_DIR:-$PWD/.tools/python}
export UV_COMPILE_BYTECODE=1  # so that the first start is as fast as the second

# uv reads none of pip's settings. These say where packages come from; every one is checked against its hash wherever it came from.
settings=$($uv/bin/python -m pip config list)
setting() {
    local scope value
    for scope in :env: install global; do
        if value=$(grep "^$scope\.$1=" <<<"$settings"); then
            value=${value#*=\'}
            echo "${value%\'}"
            return
        fi
    done
}
index=$(setting index-url) more=$(setting extra-index-url) certificates=$(setting cert)
if [ -n "$index" ]; then export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}; fi
if [ -n "$more" ]; then export UV_INDEX=${UV_INDEX:-$more} UV_INDEX_STRATEGY=unsafe-best-match; fi
if [ -n "$certificates" ]; then export SSL_CERT_FILE=${SSL_CERT_FILE:-$certificates}; fi

exec $uv/bin/uv "$@"
