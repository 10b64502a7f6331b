#!/usr/bin/env bash
# Brings a machine to the point where this repository builds: system packages first, then .venv with the tools.
# Says nothing and does nothing where all is there. `setup.sh test` also wants the tools of the tests, and the ffmpeg command that they compare with.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=${1:-build}

# FFmpeg 5.1, the oldest that is supported.
libraries=("libavcodec >= 59.37" "libavformat >= 59.27" "libavfilter >= 8.44" "libavutil >= 57.28"
    "libswscale >= 6.7" "libswresample >= 4.7")
debian=(gcc libc6-dev pkg-config libavcodec-dev libavformat-dev libavfilter-dev libavutil-dev libswscale-dev
    libswresample-dev libclang-dev python3-venv ffmpeg)

have() { command -v "$1" >/dev/null 2>&1; }

# rustc is asked, not cargo: a rustup shim of cargo answers even where its toolchain is gone.
have_rust() {
    have cargo && have rustc || return 1
    local minor
    minor=$(rustc --version | sed -E 's/^rustc 1\.([0-9]+).*/\1/')
    [ "$minor" -ge 89 ]
}

have_libclang() {
    [ -n "${LIBCLANG_PATH:-}" ] && return 0
    [ "$(uname)" = Darwin ] && xcode-select -p >/dev/null 2>&1 && return 0
    compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null || compgen -G '/usr/lib*/libclang*.so*' >/dev/null ||
        compgen -G '/usr/lib/*-linux-gnu/libclang*.so*' >/dev/null
}

# The newest Python from 3.11 on that can make a virtual environment; PYTHON=... has the last word.
find_python() {
    local name
    for name in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    return 1
}

# One line for each thing that is not there.
missing() {
    have cc || echo "a C compiler"
    have pkg-config || echo "pkg-config"
    local library
    for library in "${libraries[@]}"; do
        pkg-config --exists "$library" 2>/dev/null ||
            echo "$library with its headers (found: $(pkg-config --modversion "${library%% *}" 2>/dev/null || echo none))"
    done
    have_libclang || echo "libclang"
    [ -x .venv/bin/python ] || find_python >/dev/null || echo "Python 3.11 or newer with venv"
    [ "$wanted" != test ] || { have ffmpeg && have ffprobe; } || echo "the ffmpeg and ffprobe commands"
}

instructions() {
    cat >&2 <<EOF
Not found:
$(missing | sed 's/^/  - /')
Install it, then run the same command again:
  Debian 12, Ubuntu 24.04 or newer:
    sudo apt-get install ${debian[*]}
  Fedora:
    sudo dnf install gcc pkgconf-pkg-config ffmpeg-free ffmpeg-free-devel clang-devel python3
    (ffmpeg-free has no x264 and x265; for them enable RPM Fusion and install ffmpeg and ffmpeg-devel instead)
  macOS:
    xcode-select --install; brew install ffmpeg pkgconf python@3.13
EOF
    exit 1
}

install_packages() {
    [ -z "$(missing)" ] && return
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        have sudo && sudo -n true 2>/dev/null || instructions
        root=(sudo -n)
    fi
    have apt-get || instructions
    echo "==> apt-get install ${debian[*]}"
    local log
    log=$(mktemp)
    {
        "${root[@]}" apt-get update &&
            "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${debian[@]}"
    } </dev/null >"$log" 2>&1 || { tail -n 20 "$log" >&2; instructions; }
    rm -f "$log"
    [ -z "$(missing)" ] || instructions
}

make_venv() {
    if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
        echo "==> .venv ($("$(find_python)" --version))"
        "$(find_python)" -m venv --clear .venv
    fi
    install requirements
    [ "$wanted" != test ] || install requirements-test
}

# What a list names, unless the same list was installed before.
install() {
    cmp -s "scripts/$1.txt" ".venv/.$1" && return
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement "scripts/$1.txt"
    cp "scripts/$1.txt" ".venv/.$1"
}

if ! have_rust; then
    echo "Rust 1.89 or newer is not found; install it from https://rustup.rs (Debian 12's own is too old)" >&2
    exit 1
fi
install_packages
make_venv
