#!/usr/bin/env bash
# What the dependencies may be (deny.toml). Advisories need a database from the network and are asked for apart: DENY=advisories.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/target/tools/bin:$PATH"
if ! command -v cargo-deny >/dev/null; then
    cargo install --quiet --locked --root target/tools cargo-deny@0.20.2
fi
read -ra checks <<<"${DENY:-bans licenses sources}"
cargo deny --log-level warn check --hide-inclusion-graph "${checks[@]}"
