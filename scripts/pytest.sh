#!/usr/bin/env bash
# All Python tests, in two passes: first those that may run beside each other, on two workers where there are two cores,
# then those that are marked `alone`, one after the other. Arguments are pytest's and go to both passes; `-n 0` keeps the
# first in one process, as `-s` and `--pdb` need it.
set -uo pipefail
cd "$(dirname "$0")/.."

nothing=5 # what pytest answers where it has selected no test
workers=()
[ "$(.venv/bin/python -c 'import os; print(os.cpu_count() or 1)')" -lt 2 ] || workers=(-n 2 --dist worksteal)

.venv/bin/python -m pytest --only together "${workers[@]}" "$@"
together=$?
case $together in
    0 | 1 | "$nothing") ;; # passed, failed, nothing there: the others are still to be heard
    *) exit "$together" ;; # interrupted, wrong arguments, a broken pytest
esac
.venv/bin/python -m pytest --only alone "$@"
alone=$?

# A pass that selects nothing is no failure, as long as the other one has a test.
case "$together $alone" in
    "0 $nothing" | "$nothing 0") exit 0 ;;
esac
[ "$together" -eq 0 ] || [ "$together" -eq "$nothing" ] && exit "$alone"
exit "$together"
