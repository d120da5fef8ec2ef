#!/bin/sh
# Resolves pyproject.toml, with everything optional, into requirements.txt for Python 3.11 and newer.
# Versions already locked stay where they fit; `make lock LOCK_OPTIONS=--upgrade` takes the newest.
set -eu
cd "$(dirname "$0")/.."

resolver=$(mktemp -d)
trap 'rm -rf "$resolver"' EXIT

echo "installing the resolver for this once"
.venv/bin/python -m venv "$resolver"
"$resolver/bin/python" -m pip install --quiet --disable-pip-version-check 'uv>=0.13,<0.14'

# The file must not say where the packages came from: no header, no configuration, no extra places.
unset PIP_FIND_LINKS UV_FIND_LINKS
"$resolver/bin/uv" pip compile pyproject.toml --output-file requirements.txt --quiet \
    --no-config --no-header --no-emit-index-url --no-emit-find-links --annotation-style line \
    --all-extras --no-strip-extras --generate-hashes \
    --universal --python-version 3.11 --fork-strategy fewest "$@"
echo "done: requirements.txt"
