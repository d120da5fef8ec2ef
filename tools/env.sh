#!/bin/sh
# Makes .venv from the locked requirements, or brings it up to date.
# Runs before there is any Python package, perhaps before there is a Python: POSIX shell only.
set -eu
cd "$(dirname "$0")/.."

# A reader's settings for other projects have no say here.
unset PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE
unset PIP_USER PIP_TARGET PIP_PREFIX PIP_NO_COMPILE

stamp=.venv/.installed

# What the environment was made from. Its scripts name this folder, so a moved clone needs a new one.
origin() {
    pwd
    cksum requirements.txt pyproject.toml
}

fail() {
    printf '%s\n' "ocallkit: $1" >&2
    exit 1
}

# Prints the first Python that can make an environment; otherwise says what to install.
find_python() {
    too_old=
    without_venv=
    for name in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
        # A launcher may exist for a version that is not installed, so each one is tried.
        version=$("$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        if ! "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            too_old="$name is $version, "
        elif ! "$name" -c 'import ensurepip, venv' 2>/dev/null; then
            without_venv=${without_venv:-$name}
        else
            command -v "$name"
            return
        fi
    done
    if [ -n "$without_venv" ]; then
        package=$(basename "$without_venv")-venv
        fail "$without_venv has no venv module: install the package $package (apt-get install $package)"
    fi
    fail "${too_old}no Python 3.11 or newer found: install the package python3-venv (apt-get install python3-venv)"
}

create() {
    python=$(find_python)
    echo "[1/4] creating .venv with $python"
    "$python" -m venv --clear .venv
}

if [ -x .venv/bin/python ] && [ -f "$stamp" ]; then
    origin | cmp -s - "$stamp" && exit 0
    # The same folder: only packages changed. Another folder: nothing in it can be trusted.
    if [ "$(head -n 1 "$stamp")" = "$(pwd)" ] && .venv/bin/python -m pip --version >/dev/null 2>&1; then
        rm "$stamp"
        echo "[1/4] updating .venv"
    else
        create
    fi
else
    create
fi

pip() {
    .venv/bin/python -m pip --disable-pip-version-check --no-input "$@"
}

packages=$(grep -c '==' requirements.txt)
echo "[2/4] installing $packages locked packages (about a minute the first time)"
# A pipe's status is that of its end, so success leaves a mark.
{
    pip install --compile --require-hashes -r requirements.txt && : >.venv/.packages
} | awk -v all="$packages" '
    /^(Collecting|Processing) / { sub(".*/", "", $2); print "  " ++n " of " all ": " $2; fflush() }
    /^Installing/ { print "  unpacking, and compiling byte code"; fflush() }'
rm .venv/.packages 2>/dev/null || fail "pip could not install the packages: see above"
echo "[3/4] installing ocallkit itself"
pip install --quiet --no-deps --no-build-isolation --editable .
echo "[4/4] compiling byte code, listing fonts"
# pip compiled what it installed; a module that does not compile is for the tests to report.
.venv/bin/python -m compileall -q ocallkit || true
# Otherwise the first timeline that a reader draws says that it does this.
.venv/bin/python -c 'import matplotlib.font_manager'
origin >"$stamp"
echo "done: .venv"
