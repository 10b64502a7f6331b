#!/usr/bin/env bash
# A real clip from end to end: `demo.sh [options of transcode]`, called by `make demo`. DEMO_IN and DEMO_OUT name the files: file names are better not
# part of a command line. Without DEMO_OUT the result goes to target/demo and replaces the last one there; a file of the user's own is never replaced.
set -euo pipefail
cd "$(dirname "$0")/.."
input=${DEMO_IN:-} output=${DEMO_OUT:-}
if [ -z "$input" ]; then
    input=media/sintel_excerpt.mp4
    [ $# -gt 0 ] || set -- --resolution 640x360 --crf 26
fi
if [ -z "$output" ]; then
    mkdir -p target/demo
    name=$(basename "$input")
    output=target/demo/${name%.*}.mkv
    set -- --overwrite "$@"
fi
show() {
    printf '\n$ transcode%s\n' "$(printf ' %q' "$@")"
    .venv/bin/python -m transcode_py "$@"
}
show plan "$input" "$output" "$@"
show "$input" "$output" "$@"
show probe "$output"
