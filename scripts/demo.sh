#!/usr/bin/env bash
# A real clip from end to end: `demo.sh [IN] [OUT] [options of transcode]`, called by `make demo`.
# Without OUT the result goes to target/demo and replaces the last one there; a file of the user's own is never replaced.
set -euo pipefail
cd "$(dirname "$0")/.."
input=${1:-} output=${2:-}
shift 2
if [ -z "$input" ]; then
    input=media/sintel_excerpt.mp4
    [ $# -gt 0 ] || set -- --resolution 640x360 --crf 22
fi
if [ -z "$output" ]; then
    mkdir -p target/demo
    name=$(basename "$input")
    output=target/demo/${name%.*}.mkv
    set -- --overwrite "$@"
fi
show() {
    printf '\n$ transcode %s\n' "$*"
    .venv/bin/python -m transcode_py "$@"
}
show plan "$input" "$output" "$@"
show "$input" "$output" "$@"
show probe "$output"
