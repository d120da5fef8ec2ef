#!/bin/sh
# Opens the first notebook in JupyterLab, on this machine only; the address with its token is printed.
set -eu
cd "$(dirname "$0")/.."

# Commands that a reader starts from a cell or a terminal are those of the environment.
PATH=$PWD/.venv/bin:$PATH
export PATH

set -- --ServerApp.ip=127.0.0.1 --ServerApp.root_dir="$PWD"
# The address that is printed is the first notebook's too: it may be all that the reader sees.
set -- "$@" --LabApp.default_url=/lab/tree/notebooks/00-start-here.ipynb
# Jupyter refuses to run as root unless told; containers often have no other user.
[ "$(id -u)" -ne 0 ] || set -- "$@" --allow-root
# Without a display, a browser found would be one for the terminal, and would take it over.
[ "$(uname)" != Linux ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || set -- "$@" --no-browser
# Nothing here asks the network: neither for news nor for a newer version.
set -- "$@" --LabApp.news_url=None
set -- "$@" --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate

exec .venv/bin/python -m jupyterlab "$@"
