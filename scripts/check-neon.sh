#!/usr/bin/env bash
# The NEON code of crates/kernels on a machine without it: linted, and its tests run under qemu. Root on Debian gets the tools
# (NO_INSTALL=1 forbids it); where some cannot be had it does what is possible, says what is missing, and is no failure.
# Arguments go to cargo.
set -euo pipefail
cd "$(dirname "$0")/.."
target=aarch64-unknown-linux-gnu
# Debian's own place for libraries of another architecture.
root=/usr/aarch64-linux-gnu
debian=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)

have() { command -v "$1" >/dev/null 2>&1; }

skip() {
    echo "NEON: skipped: $1"
    exit 0
}

have_target() { [ -d "$(rustc --print target-libdir --target $target 2>/dev/null)" ]; }

# Whether a program can be built and run, for a compiler without a libc and a qemu without libraries are no use.
can_run() {
    have aarch64-linux-gnu-gcc && have qemu-aarch64 || return 1
    local scratch result=0
    scratch=$(mktemp -d)
    echo 'int main(void) { return 0; }' >"$scratch/main.c"
    { aarch64-linux-gnu-gcc -o "$scratch/main" "$scratch/main.c" && qemu-aarch64 -L $root "$scratch/main"; } \
        >/dev/null 2>&1 || result=1
    rm -rf "$scratch"
    return $result
}

# Quietly: what cannot be installed is found missing later.
install() {
    local apt=(timeout 300 apt-get -qq -o Acquire::http::Timeout=20)
    DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "${debian[@]}" ||
        { "${apt[@]}" update && DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "${debian[@]}"; }
}

[ "$(uname -m)" != aarch64 ] && [ "$(uname -m)" != arm64 ] || skip "this CPU has it, so the other tests run it"
may_install=$([ -z "${NO_INSTALL:-}" ] && [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ] && echo yes || true)

if ! have_target && [ -n "$may_install" ] && have rustup; then
    timeout 120 rustup --quiet target add $target >/dev/null 2>&1 || true
fi
have_target || skip "the Rust target is missing; rustup target add $target"

cargo clippy --quiet "$@" -p transcode-kernels --all-targets --target $target -- -D warnings

if ! can_run && [ -n "$may_install" ] && have apt-get; then
    install </dev/null >/dev/null 2>&1 || true
fi
if ! can_run; then
    echo "NEON: compiled and not run: on Debian, apt-get install ${debian[*]}"
    exit 0
fi

export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L $root"
# Not forced_level: it starts processes of its own, which qemu-user cannot do for it. Its words are tried here.
cargo test --quiet "$@" -p transcode-kernels --lib --test check_kernels --target $target
for level in neon scalar; do
    report=$(TRANSCODE_SIMD=$level cargo test --quiet "$@" -p transcode-kernels --test forced_level --target $target -- \
        --ignored --exact --nocapture report 2>&1)
    grep -qx "active level: $level" <<<"$report" || { echo "NEON: TRANSCODE_SIMD=$level: $report" >&2; exit 1; }
done
