#!/usr/bin/env bash
# Makes .venv from the newest Python on this machine, with what runtime.txt pins and the package
# itself; with the argument "development" also with what development.txt pins. Does nothing where
# that has been done before.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly here=$PWD venv=$PWD/.venv
readonly python=$venv/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1 PIP_USER=0
export PIP_REQUIRE_VIRTUALENV=0
# What another environment or an editor set would lead Python astray.
unset PYTHONHOME PYTHONPATH __PYVENV_LAUNCHER__

main() {
    # Of two that set up at once, the second waits and finds everything done.
    exec 9<requirements
    if command -v flock >/dev/null; then flock 9; fi
    local set sets=(runtime "$@") wanted
    wanted=$(fingerprint)
    if works && are_installed "${sets[@]}"; then return; fi
    rm -f "$venv"/.made-from-*
    # An environment that was moved along with its folder still points at the old place.
    if ! works || [[ $(cat "$venv/.made-in" 2>/dev/null) != "$here" ]]; then make_environment; fi
    install_packages "${sets[@]}"
    for set in "${sets[@]}"; do echo "$wanted" >"$venv/.made-from-$set"; done
    say "Ready: $("$python" --version) in .venv"
}

fingerprint() {
    echo "$here"
    cksum requirements/*.txt requirements/install.sh pyproject.toml demo/pyproject.toml
}

# Whether what `wanted` describes was installed for each of these sets.
are_installed() {
    local set
    for set in "$@"; do
        [[ $(cat "$venv/.made-from-$set" 2>/dev/null) == "$wanted" ]] || return 1
    done
}

works() {
    "$python" -ISc 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null
}

make_environment() {
    local base
    base=$(newest_python) || fail "Veza needs Python 3.12 or later, and there is none here." \
        "Install one (on Debian or Ubuntu: apt-get install python3 python3-venv)."
    say "Making .venv with $("$base" --version) ($base)"
    rm -rf "$venv"
    "$base" -m venv "$venv" >/dev/null 2>&1 || make_without_pip "$base"
    echo "$here" >"$venv/.made-in"
}

# Some distributions keep pip's installer, or all of `venv`, in a package of its own.
make_without_pip() {
    local base=$1 short
    rm -rf "$venv"
    if find_pip >/dev/null && "$base" -m venv --without-pip "$venv" 2>/dev/null; then return; fi
    rm -rf "$venv"
    short=$("$base" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
    if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        say "Installing $short-venv, which $base lacks"
        apt-get update -qq || true
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
            "$short-venv" </dev/null >/dev/null || true
        if "$base" -m venv "$venv" >/dev/null; then return; fi
    fi
    rm -rf "$venv"
    fail "$base can't make an environment: it lacks ensurepip." \
        "Install it (on Debian or Ubuntu: apt-get install $short-venv), then try again."
}

install_packages() {
    local pip sets=(build "$@")
    pip=$(find_pip) || fail "No Python here has pip: install python3-pip, then try again."
    say "Installing what requirements/*.txt pin: $*"
    sets=("${sets[@]/#/--requirement=requirements/}")
    run_pip "$pip" --no-compile --require-hashes "${sets[@]/%/.txt}"
    compile_packages
    # Its builder is pinned above, so that nothing is fetched here.
    run_pip "$pip" --no-deps --no-index --no-build-isolation --editable . --editable demo
}

# pip would do it with one core. Some packages have files for other versions of Python, which don't
# compile and are never imported.
compile_packages() {
    local folder
    folder=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    "$python" -m compileall -qq -j 0 "$folder" || true
}

run_pip() {
    local pip=$1
    shift
    if [[ $pip == "$python" ]]; then
        "$pip" -m pip install --quiet "$@"
    else
        "$pip" -m pip --python "$python" install --quiet "$@"
    fi
}

# Print a Python with a pip that installs into .venv: its own, or another's from 22.3 on.
find_pip() {
    local other
    if "$python" -m pip --version >/dev/null 2>&1; then
        echo "$python"
        return
    fi
    while read -r other; do
        if "$other" -m pip --python "$other" --version >/dev/null 2>&1; then
            echo "$other"
            return
        fi
    done < <(list_pythons)
    return 1
}

newest_python() {
    local candidate version found='' best=0
    while read -r candidate; do
        # Prereleases don't count: packages aren't built for them yet.
        version=$("$candidate" -ISc 'import sys; v = sys.version_info
print((v[3] == "final") * (v[0] * 1000000 + v[1] * 1000 + v[2]), sys._base_executable)' \
            2>/dev/null) || continue
        if ((${version%% *} >= 3012000 && ${version%% *} > best)); then
            best=${version%% *}
            found=${version#* }
        fi
    done < <(list_pythons)
    [[ -n $found ]] && echo "$found"
}

list_pythons() {
    local name
    PATH=$PATH:/usr/local/bin:/usr/bin
    for name in python3.1{9,8,7,6,5,4,3,2} python3 python; do type -aP "$name" || true; done
}

say() {
    echo "$*"
}

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

main "$@"
